"""bz2, lzma and compression.zstd: whole, piece by piece, and what is wrong with the input."""

import bz2
import lzma
from compression import zstd
from compression.zstd import CompressionParameter, DecompressionParameter, ZstdCompressor, ZstdDecompressor, ZstdDict

data = b'hello world ' * 5000
for module, decompressor in (bz2, bz2.BZ2Decompressor), (lzma, lzma.LZMADecompressor), (zstd, ZstdDecompressor):
    packed = module.compress(data)
    print(module.__name__, module.decompress(packed) == data, module.decompress(packed + packed) == data + data)
    stream, out = decompressor(), b''
    for i in range(0, len(packed), 7):
        out += stream.decompress(packed[i:i + 7], 100)
        while not stream.needs_input and not stream.eof:
            out += stream.decompress(b'', 100)
    print(out == data, stream.eof, stream.unused_data, stream.needs_input)
    for bad in (lambda: stream.decompress(b'x'), lambda: module.decompress(b'garbage data here'),
                lambda: module.decompress(packed[:-5]), lambda: decompressor().decompress(1)):
        try:
            bad()
        except Exception as error:
            print(type(error).__name__, error)

for make, options in ((bz2.BZ2Compressor, ({'compresslevel': 0}, {'compresslevel': 10})), (lzma.LZMACompressor, (
        {'check': 99}, {'preset': 99}, {'filters': [{}]}, {'filters': [3]}, {'filters': [{'id': 99}]},
        {'filters': [{'id': 33, 'foo': 1}]}, {'format': 9}, {'format': 3}, {'preset': 1, 'filters': []})), (ZstdCompressor, (
        {'level': 3, 'options': {}}, {'level': 'a'}, {'level': 1000}, {'options': 3}, {'options': {3: 3}},
        {'options': {CompressionParameter.window_log: 300}}, {'options': {DecompressionParameter.window_log_max: 30}},
        {'zstd_dict': 3}))):
    for option in options:
        try:
            make(**option)
        except Exception as error:
            print(type(error).__name__, error)

filters = [{'id': lzma.FILTER_DELTA, 'dist': 3}, {'id': lzma.FILTER_LZMA2, 'preset': 4 | lzma.PRESET_EXTREME}]
packed = lzma.compress(data, format=lzma.FORMAT_RAW, filters=filters)
print(lzma.decompress(packed, lzma.FORMAT_RAW, filters=filters) == data)
print(lzma.decompress(lzma.compress(data, format=lzma.FORMAT_ALONE)) == data, lzma.is_check_supported(lzma.CHECK_CRC64))
stream = lzma.LZMADecompressor()
stream.decompress(lzma.compress(b'x', check=lzma.CHECK_CRC32))
print(stream.check, lzma.CHECK_CRC32)

raw = ZstdDict(b'hello world, hello world', is_raw=True)
print(raw, len(raw), raw.dict_id, raw.as_prefix)
for dictionary in raw, raw.as_prefix, raw.as_digested_dict:
    packed = zstd.compress(data, zstd_dict=dictionary)
    print(zstd.decompress(packed, zstd_dict=dictionary) == data)
compressor = ZstdCompressor()
pieces = [compressor.compress(b'one'), compressor.flush(compressor.FLUSH_BLOCK), compressor.compress(b'two', compressor.FLUSH_FRAME)]
print(zstd.decompress(b''.join(pieces)), compressor.last_mode, zstd.get_frame_info(zstd.compress(b'abc')))
