"""Many viewers in one process: headers are read, pictures are counted and thrown away unseen."""
