"""PyYAML, the Python half."""

import yaml

text = '''
a: [1, 2.5, true, null, "text"]
b: &anchor {x: 1, y: 2001-12-14}
c: *anchor
d: |
  two
  lines
e: >
  folded
  text
'''
data = yaml.safe_load(text)
print(data)
print(yaml.safe_dump(data, sort_keys=True, allow_unicode=True))
print(list(yaml.safe_load_all('--- 1\n--- {a: b}\n')))
for bad in ('a: b: c', '[1, 2', '\tx', '*nothing'):
    try:
        yaml.safe_load(bad)
    except yaml.YAMLError as error:
        print(error)
