"""NetworkX: graphs."""

import networkx as nx

graph = nx.Graph()
graph.add_weighted_edges_from([(1, 2, 4), (2, 3, 1), (1, 3, 7), (3, 4, 2)])
print(graph, nx.shortest_path(graph, 1, 4, weight='weight'), nx.shortest_path_length(graph, 1, 4, weight='weight'))
print(sorted(nx.minimum_spanning_edges(graph, data=False)), nx.is_connected(graph), list(nx.bfs_edges(graph, 1)))
print(list(nx.topological_sort(nx.DiGraph([(1, 2), (2, 3), (1, 3)]))), nx.density(graph))
print(sorted(map(sorted, nx.connected_components(nx.Graph([(1, 2), (3, 4)])))), nx.maximum_flow_value(
    nx.DiGraph([('s', 'a', {'capacity': 3}), ('a', 't', {'capacity': 2})]), 's', 't'))
try:
    nx.shortest_path(nx.Graph([(1, 2), (3, 4)]), 1, 4)
except nx.NetworkXNoPath as error:
    print(error)
