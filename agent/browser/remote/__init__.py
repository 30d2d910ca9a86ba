"""Browsers that run on another machine: how they are reached, and what is weaker with them."""
