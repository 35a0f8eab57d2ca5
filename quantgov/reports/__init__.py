"""One file a form of report, each a function from a Verdict to text."""
