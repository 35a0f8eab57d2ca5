"""Git-native governance for quantitative research teams."""

__version__ = "0.1.0"
