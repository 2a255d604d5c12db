import sys
def main(): print('main', __name__, sys.argv)
if __name__ == '__main__':
    main()
print(sys.path[0].rpartition('/')[2], __file__.rpartition('/')[2], __doc__, __spec__, __package__, __builtins__.__name__)
