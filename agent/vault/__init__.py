"""Secrets: the one place for values. They leave it only through ``agent.vault.reveal``."""
