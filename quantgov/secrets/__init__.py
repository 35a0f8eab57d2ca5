"""Finding secrets in contents: bytes in, hits out; no file system and no network."""
