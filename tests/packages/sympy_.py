"""SymPy and mpmath: algebra."""

import mpmath
from sympy import Eq, Matrix, Symbol, cos, diff, exp, expand, factor, integrate, latex, limit, oo, pi, series, sin, solve, sqrt, symbols

x, y = symbols('x y')
print(expand((x + y) ** 4), factor(x**3 - 1), diff(sin(x) * exp(x), x))
print(integrate(x**2 * cos(x), x), integrate(exp(-x**2), (x, -oo, oo)), limit(sin(x) / x, x, 0))
print(solve(Eq(x**2 - 2, 0), x), solve([x + y - 3, x - y - 1], [x, y]), series(exp(x), x, 0, 5))
print(Matrix([[1, 2], [3, 4]]).inv(), Matrix([[2, 0], [0, 3]]).eigenvals(), latex(sqrt(x) / pi))
mpmath.mp.dps = 40
print(mpmath.pi, mpmath.zeta(3), mpmath.quad(lambda t: mpmath.exp(-t * t), [0, 1]))
