__all__ = ['shown', '_under']
shown, hidden, _under = 1, 2, 3
