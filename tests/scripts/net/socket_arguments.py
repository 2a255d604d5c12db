# What the functions and methods of `_socket` say of wrong arguments, and the addresses of each family.
import _socket as s


def show(function, *args, **kwargs):
    try:
        print(repr(function(*args, **kwargs)))
    except Exception as error:
        print(type(error).__qualname__, error.args)


for args in (1.5,), ('a',), (2, 1, 0, 1.5), (2, 1, 0, -2), (1, 2, 3, 4, 5), (2, 1, 10**10):
    show(s.socket, *args)
show(s.socket, foo=1)

a = s.socket()
for target in 1, (1, 2), ('a',), ('127.0.0.1', 'x'), ('127.0.0.1', 70000), ('127.0.0.1', -1), ('a\0b', 1), [1, 2]:
    show(a.connect, target)
for args in (b'',), (b'', 1), ('a', 1), (b'', 0, 1), (b'', 0, 1, 2):
    show(a.sendto, *args)
for timeout in 'a', -1, float('nan'), 1e30, 10**9, 10**30, None:
    show(a.settimeout, timeout)
show(a.recv)
show(a.recv, -1)
show(a.recv, 1, 2, 3)
for args in (b'a',), (bytearray(2), 3), (bytearray(2), -3):
    show(a.recv_into, *args)
    show(a.recvfrom_into, *args)
for args in (-1,), (1, -1), (1, 2**40):
    show(a.recvmsg, *args)
for args in (1,), ([1],), ([b'a'],):
    show(a.recvmsg_into, *args)
for ancillary in 1, [1], [(1, 2)], [(1, 2, 'a')], [('a', 2, b'a')]:
    show(a.sendmsg, [b'a'], ancillary)
show(a.sendmsg, 1)
show(a.sendmsg, ['a'])
for args in (1,), (1, 2, -1), (1, 2, 2000), (1, 3, 4), (1, 3, 0), ('a', 1):
    show(a.getsockopt, *args)
for args in (1,), (1, 2, 'a'), (1, 2, 1.5), (1, 2, None), (1, 2, 2**40), (1, 2, b'\1\0\0\0'), (1, 2, None, -1):
    show(a.setsockopt, *args)
for name in 'ntohs', 'htonl':
    for value in -1, 2**16, 2**32, 2**70, 'a', 1:
        show(getattr(s, name), value)
for args in ('a',), (1,), ('1.2',), ('1\0',):
    show(s.inet_aton, *args)
for args in (2, 'a'), (99, 'a'), (2, 1), (10, '::ffff:1.2.3.4'):
    show(s.inet_pton, *args)
for args in (2, b'a'), (99, b'a'), (10, b'a' * 16), (2, b'\1\2\3\4'):
    show(s.inet_ntop, *args)
for size in -1, 4, 2**31, 2**70, 'a':
    show(s.CMSG_LEN, size)
    show(s.CMSG_SPACE, size)
for args in (1, 2), ('a', 1.5), (None, None), ('127.0.0.1', 80), ('127.0.0.1', 10**20), ('::1', 80), (b'127.0.0.1', b'80'):
    show(s.getaddrinfo, *args, type=s.SOCK_STREAM)
for args in (1, 2), (('127.0.0.1',), 0), (('127.0.0.1', 80, 1), 0), (('::1', 80, 2**21), 0), (('::1', 80, 0, 0), 3):
    show(s.getnameinfo, *args)
for name in 1, '', '255.255.255.255', '127.0.0.1', '::1', 'a\0':
    show(s.gethostbyname, name)
for value in -1, 2**40, 'a':
    show(s.if_indextoname, value)
    show(s.getservbyport, value)

# Addresses.
a.bind(('127.0.0.1', 0))
print(a.getsockname()[0], type(a.getsockname()[1]))
show(a.getpeername)
show(setattr, a, 'timeout', 1)
a.settimeout(1.5)
print(a.timeout, a.gettimeout(), a.getblocking())
a.close()
print(a, a.fileno(), a.detach())
show(a.recv, 1)
u = s.socket(s.AF_UNIX)
for target in 1, b'x' * 200, '\ud800', 'a' * 108:
    show(u.bind, target)
show(u.getsockname)
u.bind('')
print(type(u.getsockname()), u.getsockname()[:1])
u.close()
for family, name in (s.AF_NETLINK, 'netlink'), (s.AF_VSOCK, 'vsock'), (s.AF_ALG, 'alg'), (s.AF_TIPC, 'tipc'), (99, 'none'):
    probe = s.socket()
    other = s.socket(family, 2, 0, fileno=probe.detach())
    print(name)
    for target in 1, (), (1, 'x'), ('x' * 20, 'hash'), ('hash', 'x' * 80):
        show(other.bind, target)
    other.close()
