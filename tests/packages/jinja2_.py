"""Jinja: templates, compiled to Python."""

import jinja2

env = jinja2.Environment(autoescape=True, loader=jinja2.DictLoader({
    'base': '<{% block title %}base{% endblock %}>{% block body %}{% endblock %}',
    'page': '{% extends "base" %}{% block title %}{{ super() }}+{% endblock %}{% block body %}{{ text }}{% endblock %}',
}))
print(env.get_template('page').render(text='a < b'))
source = '''{% macro m(x) %}<{{ x }}>{% endmacro -%}
{% for i in items if i %}{{ loop.index }}:{{ i | upper }} {{ m(i) }}{{ '' if loop.last else ', ' }}{% else %}none{% endfor %}
{{ '<b>' }} {{ '<b>' | safe }} {{ items | join('|') }} {{ {'a': 1}.a }} {{ 7 // 2 }} {{ 'x' ~ 3 }} {{ missing.a is defined }}
{%- set total = namespace(n=0) %}{% for i in range(4) %}{% set total.n = total.n + i %}{% endfor %} {{ total.n }}'''
print(env.from_string(source).render(items=['a', '', 'b']))
for bad in ('{{ a b }}', '{% for %}', '{{ 1 / 0 }}', '{{ missing.a.b }}'):
    try:
        env.from_string(bad).render()
    except Exception as error:
        print(type(error).__name__, error)
