"""The encodings of East Asia: whole, by single bytes, through files, and with error handlers."""

import codecs
import io

for name in ('shift_jis cp932 euc_jp euc_kr cp949 gb2312 gbk gb18030 hz big5 cp950 big5hkscs iso2022_kr iso2022_jp '
             'iso2022_jp_1 iso2022_jp_2 iso2022_jp_ext').split():
    text = 'abc \u65e5\u672c \u4e2d \ud55c \n~\\ \u3042'
    for errors in 'strict', 'replace', 'ignore', 'xmlcharrefreplace', 'backslashreplace':
        try:
            data = text.encode(name, errors)
            print(name, errors, data, ascii(data.decode(name)))
        except UnicodeEncodeError as error:
            print(name, errors, error)
    for bad in b'\xff\x81', b'a\x81':
        try:
            print(ascii(bad.decode(name)))
        except UnicodeDecodeError as error:
            print(error)
    print(ascii(b'ab\xffc\x81'.decode(name, 'replace')), ascii(b'ab\xffc\x81'.decode(name, 'ignore')))
    encoder, decoder = codecs.getincrementalencoder(name)(), codecs.getincrementaldecoder(name)('replace')
    data = b''.join(encoder.encode(c) for c in '\u4e2da\u4e2d') + encoder.encode('', True)
    print(data, ascii(''.join(decoder.decode(data[i:i + 1]) for i in range(len(data))) + decoder.decode(b'', True)))
    print(ascii(io.TextIOWrapper(io.BytesIO(data), encoding=name).read()), ascii(codecs.getreader(name)(io.BytesIO(data)).read()))
    # Every character that it has comes back, unless it shares its code with another.
    both = 0
    for c in map(chr, range(0x80, 0x9fff)):
        try:
            both += c.encode(name).decode(name) == c
        except UnicodeError:
            pass
    print(both)
