"""The sink of the http step: what is sent, to which address, and what of the answer is kept."""
