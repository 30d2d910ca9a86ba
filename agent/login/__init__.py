"""Signing in: look at the page, decide, act, until the site lets the run in or says why not."""
