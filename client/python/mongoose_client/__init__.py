"""Typed calls to a mongoose server, with NumPy arrays in and out.

    client = Client("unix:/run/mongoose.sock")
    client.create_index(spec)
    with client.open_updates("layer", "worker-0") as updates:
        updates.set_rows(ids, values)
        updates.wait_acked(30)
    answer = client.query_neurons("layer", queries, num_active=64)
"""
from mongoose.v1.index_service_pb2 import (AttentionSpec, HashSpec, IndexSpec,
                                           LearnPolicy, QueryPlan)

from mongoose_client.aio import AsyncClient
from mongoose_client.arrays import from_matrix, to_matrix
from mongoose_client.client import Client
from mongoose_client.errors import MongooseError
from mongoose_client.messages import ActiveSets
from mongoose_client.rotations import Buckets, Rotations
from mongoose_client.updates import UpdateStream

__all__ = [
    "ActiveSets", "AsyncClient", "AttentionSpec", "Buckets", "Client",
    "HashSpec", "IndexSpec", "LearnPolicy", "MongooseError", "QueryPlan",
    "Rotations", "UpdateStream", "from_matrix", "to_matrix"
]
