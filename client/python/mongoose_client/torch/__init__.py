"""PyTorch modules on top of a mongoose server."""
from mongoose_client.torch.attention import LshSelfAttention
from mongoose_client.torch.learned_rotations import (FreshRotations,
                                                     LearnedRotations)
from mongoose_client.torch.softmax import LshSampledSoftmax

__all__ = [
    "FreshRotations", "LearnedRotations", "LshSampledSoftmax",
    "LshSelfAttention"
]
