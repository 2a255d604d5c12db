"""The XML parser: what it calls for what, where, and its errors."""

import xml.parsers.expat as expat

NAMES = ('StartElement EndElement ProcessingInstruction CharacterData UnparsedEntityDecl NotationDecl '
         'StartNamespaceDecl EndNamespaceDecl Comment StartCdataSection EndCdataSection StartDoctypeDecl '
         'EndDoctypeDecl EntityDecl XmlDecl ElementDecl AttlistDecl SkippedEntity').split()
DOCUMENT = b'''<?xml version="1.0" encoding="iso-8859-1" standalone="no"?>
<?style text="x" ?>
<!-- before -->
<!DOCTYPE quotations SYSTEM "quotations.dtd" [
<!ELEMENT root (a, (b | c)*, d?)>
<!ELEMENT a (#PCDATA | b)*>
<!ELEMENT e EMPTY>
<!ATTLIST root one CDATA #IMPLIED two (x|y) "x" three ID #REQUIRED four CDATA #FIXED " f ">
<!NOTATION notation PUBLIC "not a name" "notation.exe">
<!ENTITY external SYSTEM "entity.file">
<!ENTITY unparsed SYSTEM "picture.gif" NDATA notation>
<!ENTITY inner "some <b>text</b> &amp; more">
<!ENTITY % parameter "p">
]>
<root one=" a&#10;b	c &lt;&inner2; " two="y" xmlns="http://one" xmlns:p="http://two"
      p:five="5">text &inner; \xe9 &#233; &quot;<p:a/><![CDATA[<&]]>
<b xmlns="">]]</b>\r\nend</root>
<!-- after -->
'''.replace(b'&inner2;', b'')


def listen(parser, quiet=()):
    for name in NAMES:
        if name not in quiet:
            setattr(parser, name + 'Handler', lambda *args, name=name: print(
                name, args, (parser.CurrentLineNumber, parser.CurrentColumnNumber, parser.CurrentByteIndex)))
    return parser


for arguments in ((), (None, '!'), (None, ' ')):
    print(arguments)
    parser = listen(expat.ParserCreate(*arguments))
    parser.buffer_text = True
    parser.namespace_prefixes = arguments == (None, ' ')
    parser.ordered_attributes = not arguments
    print(parser.Parse(DOCUMENT, True))

print('in pieces')
parser = listen(expat.ParserCreate())
parser.buffer_text = True
for i in range(0, len(DOCUMENT), 7):
    parser.Parse(DOCUMENT[i:i + 7], False)
parser.Parse(b'', True)

print('default')
text = []
parser = expat.ParserCreate()
parser.DefaultHandlerExpand = text.append
parser.StartElementHandler = lambda name, attributes: text.append(f'[{name} {attributes}]')
parser.Parse(DOCUMENT, True)
print(''.join(text))

print('external')
parser = listen(expat.ParserCreate())
parser.SetParamEntityParsing(expat.XML_PARAM_ENTITY_PARSING_ALWAYS)
parser.SetBase('/base')


def external(context, base, system, public):
    print('ExternalEntityRef', (context, base, system, public))
    child = parser.ExternalEntityParserCreate(context)
    child.Parse(b'<!ENTITY % x "<!ELEMENT q ANY>">%x;<![IGNORE[ <!x ]]><!ENTITY y "why">' if context is None
                else b'<?xml version="1.0" encoding="utf-8"?>inside <i/>', True)
    return 1


parser.ExternalEntityRefHandler = external
parser.Parse(b'<!DOCTYPE a SYSTEM "a.dtd" [<!ENTITY z SYSTEM "z.xml">]><a>&y; &z;</a>', True)

print('errors')
for document in ('', ' ', '<', '<a', '<a>', '<a></b>', '<a b="1" b="2"/>', '<a b=1/>', '<a/>x', '<a/><b/>', '<a>&x;</a>',
                 '<a>&#0;</a>', '<a>&#xg;</a>', ' <?xml version="1.0"?><a/>', '<?xml version="1.0" x="y"?><a/>', 'x',
                 '<a>\x01</a>', '<a>]]></a>', '<a><!-- -- --></a>', '<a><![CDATA[', '<a b="<"/>', '<!DOCTYPE a [<!ENTITY b "&c;">'
                 '<!ENTITY c "&b;">]><a>&b;</a>', '<!DOCTYPE a [<!ENTITY b "<c>">]><a>&b;</c></a>', '<p:a/>',
                 '<a xmlns:p=""/>', '<a xmlns:xml="x"/>', '<a xmlns:xmlns="x"/>', '<a xmlns:p="u" xmlns:q="u" p:b="" q:b=""/>',
                 '<?xml version="1.0" encoding="utf-16"?><a/>', '<a>\n\n  <b>\n</a>', '<!DOCTYPE a [<!ELEMENT b>]><a/>',
                 '<!DOCTYPE a><!DOCTYPE a><a/>', '<a/ >', '<a>&amp</a>', '</a>', '<a><?xml version="1.0"?></a>', '<a xmlns:p="x" p:="y"/>'):
    for separator in (None, ' '):
        parser = expat.ParserCreate(None, separator)
        try:
            parser.Parse(document, True)
            print(repr(document), 'is fine')
        except expat.ExpatError as error:
            print(repr(document), separator, error, error.code, error.lineno, error.offset, parser.ErrorByteIndex)
for data in (b'<a>\xff</a>', b'<?xml version="1.0" encoding="ascii"?><a>\xe9</a>', b'<a>\xc3',
             '<a>\u20ac</a>'.encode('utf-16'), '\ufeff<a>\u20ac</a>'.encode(), b'<?xml version="1.0" encoding="cp1252"?><a>\x80</a>',
             b"<?xml version='1.0' encoding='cp037'?><a/>"):
    parser = listen(expat.ParserCreate(), quiet=['XmlDecl'])
    try:
        parser.Parse(data, True)
    except Exception as error:
        print(type(error).__name__, error)
parser = expat.ParserCreate()
parser.Parse('<a/>', True)
for bad in (lambda: expat.ParserCreate(1), lambda: expat.ParserCreate(None, 'ab'), lambda: expat.ParserCreate(intern=1),
            lambda: parser.Parse(b'', True), lambda: expat.ParserCreate().Parse(1), lambda: expat.ParserCreate().ParseFile(1),
            lambda: setattr(parser, 'buffer_size', 0), lambda: setattr(parser, 'buffer_size', 'a'),
            lambda: setattr(parser, 'nothing', 1), lambda: delattr(parser, 'StartElementHandler')):
    try:
        bad()
    except Exception as error:
        print(type(error).__name__, error)


def stop(*args):
    raise KeyError('stop')


parser = expat.ParserCreate()
parser.StartElementHandler = stop
try:
    parser.Parse('<a><b/></a>', True)
except KeyError as error:
    print(repr(error))
print(expat.ErrorString(4), expat.ErrorString(0), expat.errors.codes[expat.errors.XML_ERROR_SYNTAX])
