"""The Typer commands: parse, call, print. No logic."""
