from agent.tasks import Slot


def test_a_slot_needs_the_usual_fields_of_its_type_unless_it_lists_others() -> None:
    assert Slot().needed == ("username", "password")
    assert Slot(totp="required").needed == ("username", "password", "totp")
    assert Slot(type="value").needed == ("value",)
    assert Slot(fields=("password",)).needed == ("password",)


def test_a_slot_offers_what_its_secret_is_sure_to_have() -> None:
    assert Slot().offers("password")
    assert not Slot(totp="optional").offers("totp")
    assert not Slot(fields=("password",)).offers("username")
