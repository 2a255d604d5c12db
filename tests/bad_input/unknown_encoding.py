# coding: nope
x
