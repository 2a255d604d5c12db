import sys
class Database:
    def get(self, key):
        return self.data[key]
    data = {'a': {'b': None}}
def handler():
    db = Database()
    try:
        db.get('missing')
    except KeyError:
        return db.get('a')['b']['c']
sys.stdout.write('start\n')
handler()
