open("nonexistent")
