# What `_json` reads and writes, and what it says of wrong text, in both directions.
import _json
import json
def T(f,*a,**k):
    try:
        print(repr(f(*a, **k)))
    except BaseException as e:
        print(type(e).__module__, type(e).__qualname__, e.args, getattr(e, '__notes__', None))
s=_json.make_scanner
class C: strict=True;object_hook=None;object_pairs_hook=None;parse_float=float;parse_int=int;parse_constant=str
T(s)
T(s,1)
c=s(C())
T(c)
T(c,1)
T(c,'a')
T(c,'1',0)
T(c,'1',-1)
T(c,'1',5)
T(c,string='"a"',idx=0)
for text in ('[1,]','{"a":1,}','{1','[','[1','{"a"','NaN','"\\x"','"\\u12','"\n"','"abc','-','1e','1.','01','-Infinity','-I','[1 2]','"\\ud800\\udc00\\ud800"','"\\ud800\\u00zz"','"\\ud800\\','"\\','"\\u0041','"\\ud834\\udd1e','"\\ud834\\udd1','{"\\u0061":1,"a":2,"é":3,"😀":[{"a":-0,"é":-12e-3}]}','[123456789012345678,1234567890123456789,-999999999999999999999,1e400,-0.0,1.5E+3,0.1]','"é😀\\n\\u00e9"','  1',' ','{"a" : [ ] , "b":\t{ }\r\n}', '{"a":1 "b":2}','[1,,2]','truee','nul','tru','{"a":1,"a":2}','"\x7f\x1f"','1'*5000, '1.'+'1'*60):
    T(c,text,0)
class P(C): object_pairs_hook=list
class O(C): object_hook=lambda d:('hook',d)
class F(C): parse_float=lambda s:('f',s); parse_int=lambda s:('i',s); strict=0
for k in P,O,F: T(s(k),'{"a":[1,2.5,{"b":{}}], "c\n":"d"}',0)
T(_json.scanstring,1,2)
T(_json.scanstring,'a',5)
T(_json.scanstring,'a',-1)
T(_json.scanstring,'a')
T(_json.scanstring,'a"b',0,True)
T(_json.scanstring,'\n"b',0,False)
T(_json.scanstring,'a"b',0,1,1)
T(_json.scanstring,'abc',0)
T(_json.scanstring,'abc',3)
T(_json.encode_basestring,1)
T(_json.encode_basestring_ascii,1)
for text in '\x7f\xe9\U0001f600\ud800"\\\n\x01','','plain','a"b\\c/d\x00\x1f\t\r\f\b\x80','\u1234','日本\ud800':
    T(_json.encode_basestring_ascii,text);T(_json.encode_basestring,text)
m=_json.make_encoder
T(m)
T(m,1,2,3,4,5,6,7,8,9)
T(m,None,2,3,4,5,6,7,8,9)
T(m,1,2,3,4,'a','b',7,8,9)
def df(o): raise TypeError('no %r'%(o,))
e=m({},df,_json.encode_basestring_ascii,None,': ',', ',False,False,True)
T(e)
T(e,1)
T(e,[1,2.5,None,True,'é',{}, [], {'a':(1,2),1:2,2.5:1,None:3,True:4}],0)
T(e,{(1,):2},0)
T(e,float('nan'),0)
T(e,[[{'a':{1}}]],0)
T(e,[object],0)
l=[]
l.append(l)
T(e,l,0)
T(e,1,0,2)
T(e,obj=1,_current_indent_level=0)
T(e,1,'a')
e=m(None,lambda o:[1],repr,None,'k','i',True,True,False)
T(e,{'b':1,'a':1.5,'c':(1,)},0)
T(e,{'b':1,3:4},0)
T(e,float('inf'),0)
class D(dict):
    def items(self): return [1,2]
T(e,D(a=1),0)
class I(int):
    def __repr__(self): return 'I'
class Fl(float):
    def __repr__(self): return 'F'
class St(str): pass
T(json.dumps,[I(3),Fl(2.5),St('x'),{I(4):1,Fl(1.5):2,St('s'):3},10**20,-10**15,2**52,-2**60])
e=m(None,lambda o:[1],int,None,'k','i',True,True,False)
T(e,'12',0)
e=m(None,df,_json.encode_basestring,3,'k','i',True,True,False)
T(e,[1,[2]],0)
for indent in None,0,1,'\t','é':
    for obj in [], {}, [[]], {'a':[]}, [1,[2,{'a':1,'b':{}}]], {'x':{'y':[1,2]},'z':()}, {(1,):1}, {(1,):1,'a':2}:
        T(json.dumps,obj,indent=indent,skipkeys=True,ensure_ascii=False)
T(json.dumps,{'b':1,'a':[3,{'z':1,'y':2}]},sort_keys=True,indent=2,separators=('; ',' = '))
d={}
d['d']=d
T(json.dumps,d)
class X: pass
T(json.dumps,{'k':[X]},default=lambda o:{'c':o.__name__})
T(json.dumps,X,default=lambda o:[o])
