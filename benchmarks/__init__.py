"""Measurements as ratios, side by side in one run; each file is a command."""
