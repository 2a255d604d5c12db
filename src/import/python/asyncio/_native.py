"""The default event loop: the native one, with the library's own behind it for what is rare."""
import _event_loop
import selectors
import warnings

from . import base_events
from . import constants
from . import selector_events
from . import transports
from . import trsock
from .log import logger
from .unix_events import _UnixSelectorEventLoop as _LibraryLoop


class _Selector:
    """What is asked of a loop's selector: the poller is the loop's own."""

    def __init__(self, loop):
        self._loop = loop

    def get_map(self):
        if self._loop is None:
            return None
        return {
            fd: selectors.SelectorKey(fd, fd, events, None)
            for fd, events in self._loop._interests()
        }

    def get_key(self, fd):
        mapping = self.get_map()
        if mapping is None:
            raise RuntimeError('Selector is closed')
        try:
            return mapping[fd if isinstance(fd, int) else fd.fileno()]
        except KeyError:
            raise KeyError(f'{fd!r} is not registered') from None

    def close(self):
        self._loop = None


_Selector.__name__ = _Selector.__qualname__ = selectors.DefaultSelector.__name__


class _UnixSelectorEventLoop(_event_loop.EventLoop, _LibraryLoop):
    __doc__ = _LibraryLoop.__doc__
    __module__ = _LibraryLoop.__module__

    def __new__(cls, selector=None):
        if selector is not None and cls is _UnixSelectorEventLoop:
            # A selector of somebody's own needs the loop that is made for it.
            return _LibraryLoop(selector)
        return super().__new__(cls)

    def __init__(self, selector=None):
        self._open()
        _LibraryLoop.__init__(self, _Selector(self))

    def close(self):
        _LibraryLoop.close(self)
        if self.is_closed():
            self._close_poller()

    def _make_socket_transport(self, sock, protocol, waiter=None, *,
                               extra=None, server=None):
        self._ensure_fd_no_transport(sock)
        return _SelectorSocketTransport(self, sock, protocol, waiter,
                                        extra, server)

    def _log_if_slow(self, handle, duration):
        if duration >= self.slow_callback_duration:
            logger.warning('Executing %s took %.3f seconds',
                           base_events._format_handle(handle), duration)


class _SelectorSocketTransport(_event_loop.SocketTransport,
                               transports.Transport):
    __module__ = selector_events.__name__

    max_size = 256 * 1024
    _start_tls_compatible = True
    _sendfile_compatible = constants._SendfileMode.TRY_NATIVE

    def __init__(self, loop, sock, protocol, waiter=None,
                 extra=None, server=None):
        if extra is None:
            extra = {}
        extra['socket'] = trsock.TransportSocket(sock)
        try:
            extra['sockname'] = sock.getsockname()
        except OSError:
            extra['sockname'] = None
        if 'peername' not in extra:
            try:
                extra['peername'] = sock.getpeername()
            except OSError:
                extra['peername'] = None
        _event_loop.SocketTransport.__init__(self, loop, sock, protocol,
                                             waiter, extra, server)
        if server is not None:
            server._attach(self)
        loop._transports[self._sock_fd] = self
        base_events._set_nodelay(sock)
        self._begin()

    def __repr__(self):
        info = [self.__class__.__name__]
        if self._sock is None:
            info.append('closed')
        elif self._closing:
            info.append('closing')
        info.append(f'fd={self._sock_fd}')
        if self._loop is not None and not self._loop.is_closed():
            reads, writes = self._waiting()
            info.append('read=polling' if reads else 'read=idle')
            state = 'polling' if writes else 'idle'
            info.append(f'write=<{state}, bufsize={self.get_write_buffer_size()}>')
        return '<{}>'.format(' '.join(info))

    def __del__(self, _warn=warnings.warn):
        if self._sock is not None:
            _warn(f"unclosed transport {self!r}", ResourceWarning, source=self)
            self._sock.close()
            if self._server is not None:
                self._server._detach(self)

    def _log_debug(self, message):
        logger.debug(message, self)

    def _log_error(self, message, exc):
        logger.debug("%r: %s", self, message, exc_info=exc)

    def _log_lost_write(self):
        logger.warning('socket.send() raised exception.')


EventLoop = _UnixSelectorEventLoop
