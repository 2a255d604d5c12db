from datetime import *
import copy
import datetime as D
import pickle
print(D.datetime.__module__, timedelta(days=1,hours=-3.5), repr(timedelta(weeks=1,milliseconds=1.5)), timedelta(microseconds=0.5),timedelta(microseconds=1.5))
d=date(2024,2,29); print(d, repr(d), d+timedelta(1), d.isocalendar(), d.timetuple(), d.strftime('%Y-%m-%d %j %f %z|'))
dt=datetime(2024,2,29,12,30,15,123456,tzinfo=timezone.utc); print(dt, repr(dt), dt.timestamp(), dt.astimezone(timezone(timedelta(hours=5,minutes=30))), dt.isoformat(timespec='hours'), dt.utctimetuple())
print(datetime.fromisoformat('2024-W09-4T12:30:15.123456+05:30'), time.fromisoformat('12:30Z'), repr(time(1,2,3,4,fold=1)))
print(datetime.fromtimestamp(0, timezone.utc), dt-datetime(2020,1,1,tzinfo=timezone.utc), timezone(timedelta(hours=-3)), repr(timezone.utc), repr(timezone(timedelta(1)/3,'x')))
for f in (lambda: date(), lambda: date(1,2), lambda: date(0,1,1), lambda: date(2023,2,29), lambda: datetime(1,1,1,24), lambda: time(1,fold=3), lambda: timezone(3), lambda: timezone(timedelta(2)), lambda: date.max+timedelta(1), lambda: dt-datetime(1,1,1), lambda: dt<datetime(1,1,1), lambda: timedelta(10**10), lambda: timedelta('a'), lambda: timedelta(1)/0, lambda: timedelta(1)//timedelta(0), lambda: date.fromisoformat('x'), lambda: datetime(1,1,1,tzinfo=3),lambda: tzinfo().utcoffset(None), lambda: date(2000,1,1)<3, lambda: date.fromtimestamp(None), lambda: datetime.now(3), lambda: time(1).isoformat('x'), lambda: datetime.strptime(1,2), lambda: timezone.utc.utcoffset(4), lambda:date(1,1,1,1), lambda: date('a',1,1), lambda: format(d,3), lambda:d.__replace__(1), lambda: timedelta(10**40), lambda: datetime.fromisoformat('2020-01-01T24:01')):
    try: print(f())
    except Exception as e: print(type(e).__name__, e)
for x in (d,dt,timedelta(3),timezone.utc,timezone(timedelta(hours=1),'a'),time(3,4,tzinfo=timezone.utc)):
    assert pickle.loads(pickle.dumps(x))==x==copy.deepcopy(x), x
class S(datetime):
    def __new__(cls,*a,**k): 
        return super().__new__(cls,*a,**k)
s=S(2020,1,1); print(repr(s), type(s+timedelta(1)), type(S.now()), s==datetime(2020,1,1), s.replace(day=3), isinstance(s,date), S.fromordinal(5))
