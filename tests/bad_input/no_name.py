from os import nosuch
