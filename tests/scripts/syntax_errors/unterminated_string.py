print('fine')
s = 'no end
