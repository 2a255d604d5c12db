"""Dicts: words are counted, moved and forgotten, best of five."""
import time


def run(rounds):
    words = [f'word{i}' for i in range(500)]
    counts, places, total = {}, {}, 0
    for n in range(rounds):
        for i, word in enumerate(words):
            counts[word] = counts.get(word, 0) + 1
            places[i, n & 7] = word
            if word in counts:
                total += counts[word]
        for key in list(places):
            if key[0] & 1:
                del places[key]
    return total + len(places)


def timed():
    start = time.perf_counter()
    run(200)
    return time.perf_counter() - start


print(f'dicts {min(timed() for _ in range(5)):.4f}')
