import json, _json
for s in ('"\\u','"\\u0','"\\u00','"\\u000','"\\u0000','"\\ud834\\u','"\\ud834\\udd2','"\\ud834\\udd20','"\\ud834\\udd20"','"\\ud834\\x"','"\\ud834\\u12"','"\\q"','"\x01"','"abc','"\\','"\\u12x4"', '"\\ud834\\u0041"','"\\ud834\\u00x1zzz"'):
    try: print(s, ascii(json.loads(s)))
    except Exception as e: print(s, e)
for s in ('','[','[1','[1,','[1,]','{','{"a"','{"a":','{"a":1','{"a":1,','{"a":1,}','{1:2}','nul','-','-x','1.','1e','1.5e+','-0','Infinit','-Infinity','NaN','[1 2]','{"a" 1}','{"a":1 "b"}','  1 x','01'):
    try: print(s, json.loads(s))
    except Exception as e: print(s, e)
for o in ([1,[2,{'a':None,'b':(1.5,True,float('inf'))}]], {1:2,None:3,True:4,1.5:6}, 'é\u2028\U0001f600\x7f\x00"\\', {'b':1,'a':2}, {}, [], (), [[]], {'a':{}}):
    print(json.dumps(o), json.dumps(o,indent=2), json.dumps(o,ensure_ascii=False,separators=(',',':'),indent='\t'))
    try: print(json.dumps(o,sort_keys=True,skipkeys=True))
    except Exception as e: print(e)
class A: pass
for f in (lambda: json.dumps([1,{'a':A()}]), lambda: json.dumps({(1,2):3}), lambda: json.dumps(float('nan'),allow_nan=False), lambda: _json.scanstring('abc',-1), lambda: _json.scanstring(3,1), lambda: _json.make_encoder(1,2,3,4,5,6,7,8,9), lambda: _json.make_scanner(3),lambda: json.dumps([A()],default=lambda o:1/0)):
    try: print(f())
    except Exception as e: print(type(e).__name__, e, getattr(e,'__notes__',None))
l=[]; l.append(l)
try: json.dumps(l)
except ValueError as e: print(e, e.__notes__)
print(json.loads('[1.5, 2]',parse_float=str,parse_int=repr), json.loads('{"a":1}',object_pairs_hook=list),json.loads('{"a":{}}',object_hook=lambda d:len(d)))
