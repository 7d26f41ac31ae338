"""What each command of `cx-pipeline` does; `cli.py` only declares their options."""
