import numpy as np
import pytest
import torch

from fairser_core.courses.activation_windows import Windows, shared_tensor
from fairser_core.datasets.activation import Activation


def windows(task: Activation) -> Windows:
    return Windows.of(task.train, torch.tensor(task.frames), task.problem)


def test_gathered_windows_equal_slices(toy_task: Activation) -> None:
    made = windows(toy_task)
    index = torch.tensor([[5, 0], [len(made) - 1, 7]])
    features = made.batch(index).windows
    assert features.shape == (2, 2, 1, 6, 32)
    for place in np.ndindex(2, 2):
        start = toy_task.train.start[index[place]]
        np.testing.assert_array_equal(features[place][0], toy_task.frames[start : start + 32].T)


def test_windows_inherit_label_level_and_gender_of_their_utterance(toy_task: Activation) -> None:
    of_train = windows(toy_task)
    batch = of_train.batch(torch.arange(len(toy_task.train.start)))
    owner, labels = toy_task.train.owner, toy_task.train.target
    standard = (labels - labels.mean()) / labels.std()
    np.testing.assert_array_equal(batch.target, standard[owner].astype(np.float32))
    np.testing.assert_array_equal(of_train.truth, labels[owner])
    np.testing.assert_array_equal(batch.high, toy_task.train.high[owner])
    np.testing.assert_array_equal(batch.groups[..., 1], toy_task.train.group[owner])


def test_an_epoch_visits_no_window_twice_and_leaves_out_less_than_a_batch(
    toy_task: Activation,
) -> None:
    made = windows(toy_task)
    order = made.order(16, torch.Generator().manual_seed(0))
    assert order.shape == (len(made) // 16, 16)
    assert len(order.unique()) == order.numel()


def test_a_batch_larger_than_the_split_takes_all_of_it(toy_task: Activation) -> None:
    made = windows(toy_task)
    order = made.order(10_000, torch.Generator().manual_seed(0))
    assert sorted(order[0].tolist()) == list(range(len(made)))


def test_orders_differ_between_epochs_and_repeat_with_the_seed(toy_task: Activation) -> None:
    made = windows(toy_task)
    generator = torch.Generator().manual_seed(3)
    first, second = made.order(16, generator), made.order(16, generator)
    assert not torch.equal(first, second)
    assert torch.equal(first, made.order(16, torch.Generator().manual_seed(3)))


def test_stratified_batches_hold_each_cell_in_proportion(toy_task: Activation) -> None:
    made = windows(toy_task)
    cell = 2 * made.high + made.groups[:, 0]
    order = made.order(20, torch.Generator().manual_seed(0), stratified=True)
    for value in range(4):
        share = (cell == value).float().mean() * 20
        counts = (cell[order] == value).sum(1)
        assert (counts - share).abs().max() <= 2
    assert len(order.unique()) == order.numel()


@pytest.mark.filterwarnings("error")
def test_frames_of_a_shared_store_are_not_copied() -> None:
    frames = np.arange(12, dtype=np.float32).reshape(4, 3)
    frames.flags.writeable = False
    tensor = shared_tensor(frames, torch.device("cpu"))
    assert tensor.data_ptr() == frames.ctypes.data
    np.testing.assert_array_equal(tensor.numpy(), frames)
