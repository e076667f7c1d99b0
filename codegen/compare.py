def compare(old, new):
    return []
