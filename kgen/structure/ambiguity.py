"""Which patterns Python's matcher takes exponential time for.

Each Chars of a pattern is a position; `follow` says which position can come after which, and in how many ways. A matcher that goes
back takes exponential time when a position can be reached from itself, over the same text, in two ways (Weber and Seidl, "On the
degree of ambiguity of finite automata", 1991).
"""

from __future__ import annotations

from kgen.structure.patterns import Assertion, Chars, Choice, Node, Sequence, complement


class _Positions:
    def __init__(self) -> None:
        self.chars: list[Chars] = []
        self.follow: list[dict[int, int]] = []

    def build(self, node: Node) -> tuple[bool, list[int], list[int]]:
        """Whether `node` can be empty, and its first and last positions."""
        if isinstance(node, Chars):
            self.chars.append(node)
            self.follow.append({})
            here = [len(self.chars) - 1]
            return False, here, here
        if isinstance(node, Assertion):
            return True, [], []
        if isinstance(node, Choice):
            built = [self.build(part) for part in node.parts]
            return any(b[0] for b in built), [p for b in built for p in b[1]], [p for b in built for p in b[2]]
        if isinstance(node, Sequence):
            empty, first, last = True, list[int](), list[int]()
            for part in node.parts:
                part_empty, part_first, part_last = self.build(part)
                self.link(last, part_first)
                first = first + part_first if empty else first
                last = last + part_last if part_empty else part_last
                empty = empty and part_empty
            return empty, first, last
        if node.low == node.high and 1 < node.low <= 4:
            return self.build(Sequence((node.part,) * node.low))
        empty, first, last = self.build(node.part)
        if node.high != 1 and node.high != 0:
            # Counts are taken for loops, which are at least as ambiguous.
            self.link(last, first)
            if empty and node.high is None:
                for position in first:  # an empty round before each real one
                    self.follow[position][position] = self.follow[position].get(position, 0)
        return empty or node.low == 0, first, last

    def link(self, froms: list[int], tos: list[int]) -> None:
        for a in froms:
            ways = self.follow[a]
            for b in tos:
                ways[b] = ways.get(b, 0) + 1


def _meets(a: Chars, b: Chars) -> bool:
    """Whether some character fits both; where that is not sure, yes."""
    if a.categories or b.categories or a.fold or b.fold:
        return True
    ranges = [complement(each.ranges) if each.negated else each.ranges for each in (a, b)]
    return any(low <= other_high and other_low <= high for low, high in ranges[0] for other_low, other_high in ranges[1])


def ambiguous(node: Node) -> bool:
    """Whether a loop of the pattern can read the same text in two ways; also true where that is too much to find out."""
    table = _Positions()
    table.build(node)
    count = len(table.chars)
    if count > 400:
        return True  # too large to measure: the linear matcher is the safe one
    follow = [{b: ways for b, ways in row.items() if ways} for row in table.follow]
    component = _components([list(row) for row in follow])
    if any(ways > 1 and component[a] == component[b] for a, row in enumerate(follow) for b, ways in row.items()):
        return True
    # Pairs of positions within one loop; (p, q) with p != q in one loop with (p, p) is the same text read in two ways.
    meets: dict[tuple[int, int], bool] = {}

    def meet(a: int, b: int) -> bool:
        if a > b:
            a, b = b, a
        known = meets.get((a, b))
        if known is None:
            known = meets[a, b] = _meets(table.chars[a], table.chars[b])
        return known

    numbers: dict[tuple[int, int], int] = {}
    edges: list[list[int]] = []
    queue: list[tuple[int, int]] = []

    def number(pair: tuple[int, int]) -> int:
        if pair not in numbers:
            numbers[pair] = len(numbers)
            edges.append([])
            queue.append(pair)
        return numbers[pair]

    for position in range(count):
        if position in follow[position] or any(component[position] == component[after] for after in follow[position]):
            number((position, position))
    while queue:
        a, b = queue.pop()
        row = edges[numbers[a, b]]
        for after_a in follow[a]:
            if component[after_a] != component[a]:
                continue
            for after_b in follow[b]:
                if component[after_b] == component[b] and meet(after_a, after_b):
                    row.append(number((after_a, after_b)))
        if len(numbers) > 60_000:
            return True
    loops = _components(edges)
    diagonal = {loops[at] for (a, b), at in numbers.items() if a == b}
    return any(a != b and loops[at] in diagonal for (a, b), at in numbers.items())


def _components(edges: list[list[int]]) -> list[int]:
    """The number of each node's strongly connected component (Tarjan's algorithm, without recursion)."""
    count = len(edges)
    index, low, component = [-1] * count, [0] * count, [-1] * count
    stack: list[int] = []
    clock = components = 0
    for root in range(count):
        if index[root] >= 0:
            continue
        work = [(root, iter(edges[root]))]
        index[root] = low[root] = clock
        clock += 1
        stack.append(root)
        while work:
            node, rest = work[-1]
            for after in rest:
                if index[after] < 0:
                    index[after] = low[after] = clock
                    clock += 1
                    stack.append(after)
                    work.append((after, iter(edges[after])))
                    break
                if component[after] < 0:
                    low[node] = min(low[node], index[after])
            else:
                work.pop()
                if work:
                    low[work[-1][0]] = min(low[work[-1][0]], low[node])
                if low[node] == index[node]:
                    while True:
                        member = stack.pop()
                        component[member] = components
                        if member == node:
                            break
                    components += 1
    return component
