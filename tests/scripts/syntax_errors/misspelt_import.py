imort os
print(1)
