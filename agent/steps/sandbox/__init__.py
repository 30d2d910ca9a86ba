"""The sink of the code step: a child process that can do nothing but compute."""
