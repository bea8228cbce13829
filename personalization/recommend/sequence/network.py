"""The network of `sequence`: a GRU over baskets, each the mean of its SKUs' embeddings.

After each basket a softmax over the core SKUs says what the next one has (B. Hidasi et al.,
Session-based Recommendations with Recurrent Neural Networks, ICLR 2016). Imports PyTorch: only
workers import this module.
"""

import numpy as np
import torch
from torch import Tensor, nn

from personalization.lists.scored import Floats
from personalization.recommend.sequence.baskets import Baskets


class SequenceNetwork(nn.Module):
    """Scores the SKUs of the next basket after each basket of a sequence."""

    def __init__(self, skus: int, width: int) -> None:
        super().__init__()
        self.embedding = nn.Embedding(skus, width)
        self.gru = nn.GRU(width, width, batch_first=True)
        self.output = nn.Linear(width, skus)

    def states(self, baskets: Baskets) -> Tensor:
        """Return the state after each basket, a row for each, in their order."""
        device = self.output.weight.device
        sizes, lengths = np.diff(baskets.starts), np.diff(baskets.first)
        count, rows = len(sizes), np.repeat(np.arange(len(lengths)), lengths)
        steps = np.arange(count) - np.repeat(baskets.first[:-1], lengths)
        owner, items, row, step, size = (
            torch.as_tensor(array, device=device)
            for array in (np.repeat(np.arange(count), sizes), baskets.items, rows, steps, sizes)
        )
        sums = torch.zeros(count, self.embedding.embedding_dim, device=device)
        means = sums.index_add(0, owner, self.embedding(items)) / size[:, None]
        padded = torch.zeros(len(lengths), int(lengths.max()), means.shape[1], device=device)
        states, _last = self.gru(padded.index_put((row, step), means))
        return states[row, step]

    def loss(self, baskets: Baskets) -> Tensor:
        """Return the mean of -log p over the SKUs of each basket that follows another one."""
        sizes = np.diff(baskets.starts)
        is_last = np.zeros(len(sizes), dtype=bool)
        is_last[baskets.first[1:] - 1] = True
        is_first = np.roll(is_last, 1)
        states = self.states(baskets)[torch.as_tensor(~is_last, device=self.output.weight.device)]
        log_p = torch.log_softmax(self.output(states), dim=1)
        wanted = baskets.items[np.repeat(~is_first, sizes)]
        after = np.repeat(np.arange(len(states)), sizes[~is_first])
        rows, columns = (torch.as_tensor(one, device=log_p.device) for one in (after, wanted))
        loss: Tensor = -log_p[rows, columns].mean()
        return loss

    def probabilities(self, baskets: Baskets) -> Floats:
        """Return the probability of each core SKU in the next basket, a row for each customer."""
        last = torch.as_tensor(baskets.first[1:] - 1, device=self.output.weight.device)
        with torch.no_grad():
            found = torch.softmax(self.output(self.states(baskets)[last]), dim=1)
        return np.asarray(found.cpu().numpy(), dtype=np.float64)
