"""Floats: a sun and its planets pull at each other, best of five."""
import math
import time


def planets():
    """Mass, place and speed of five bodies on circles round the first."""
    bodies = [[1000.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0]]
    for i in range(1, 5):
        distance, speed = 10.0 * i, math.sqrt(1000.0 / (10.0 * i))
        bodies.append([1.0 / i, distance * math.cos(i), distance * math.sin(i), 0.1 * i,
                       -speed * math.sin(i), speed * math.cos(i), 0.0])
    return bodies


def run(bodies, steps, dt=0.001):
    for _ in range(steps):
        for i, a in enumerate(bodies):
            for b in bodies[i + 1:]:
                dx, dy, dz = a[1] - b[1], a[2] - b[2], a[3] - b[3]
                square = dx * dx + dy * dy + dz * dz
                pull = dt / (square * math.sqrt(square))
                mine, theirs = b[0] * pull, a[0] * pull
                a[4] -= dx * mine
                a[5] -= dy * mine
                a[6] -= dz * mine
                b[4] += dx * theirs
                b[5] += dy * theirs
                b[6] += dz * theirs
        for body in bodies:
            body[1] += dt * body[4]
            body[2] += dt * body[5]
            body[3] += dt * body[6]


def timed():
    bodies = planets()
    start = time.perf_counter()
    run(bodies, 5000)
    return time.perf_counter() - start


print(f'nbody {min(timed() for _ in range(5)):.4f}')
