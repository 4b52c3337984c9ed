"""The routes, one noun a module; each asks a station and says what it answered."""
