import numpy as np
import pytest

from seqtasks.baselines.classification import majority_accuracy, one_step_accuracy


def test_the_majority_is_that_of_train_scored_on_test():
    # 3 is most frequent in train; it is one of the four in test
    assert majority_accuracy([3, 3, 0, 1], [0, 0, 0, 3]) == 0.25


def test_of_equally_frequent_classes_the_smallest_is_predicted():
    assert majority_accuracy([5, 2, 5, 2], [2, 2, 2, 5]) == 0.75


def example(targets, informative=1, scale=1.0):
    """Three steps of two features; the informative one is the class, one-hot."""
    inputs = np.zeros((len(targets), 3, 2), "float32")
    inputs[np.arange(len(targets)), informative, targets] = scale
    return inputs, np.asarray(targets)


@pytest.mark.parametrize("scale", [1e-3, 1.0, 255.0])
def test_the_informative_step_is_found_at_any_scale(scale):
    splits = [example(t, 1, scale) for t in ([0, 1, 0, 1], [1, 0], [0, 0, 1])]
    assert one_step_accuracy(*splits) == (1.0, 1)


def test_the_step_is_chosen_on_validation_and_scored_on_test():
    train, validation = example([0, 1, 0, 1], 1), example([1, 0], 1)
    # on test the chosen step shows the opposite, and another would be right
    inputs, targets = example([0, 1, 1], 1)
    inputs[:, 2] = inputs[:, 1]
    inputs[:, 1] = inputs[:, 1, ::-1]
    assert one_step_accuracy(train, validation, (inputs, targets)) == (0.0, 1)


def test_one_varying_feature_and_three_classes():
    # class means 0, 1, 2 of equal size; least squares gives the middle class 1/3
    # everywhere and the outer ones lines that cross it at the middle, x = 1
    inputs = np.array([0.0, 1.0, 2.0, 0.0, 1.0, 2.0]).reshape(6, 1, 1)
    targets = np.array([4, 5, 6, 4, 5, 6])
    test = np.array([0.5, 1.5]).reshape(2, 1, 1), np.array([4, 6])
    assert one_step_accuracy((inputs, targets), test, test) == (1.0, 0)


def test_inputs_that_never_vary_give_the_majority():
    train = np.ones((3, 2, 2)), np.array([7, 7, 1])
    test = np.ones((4, 2, 2)), np.array([7, 1, 1, 1])
    assert one_step_accuracy(train, test, test) == (0.25, 0)


def test_the_order_of_the_examples_does_not_matter():
    rng = np.random.default_rng(0)
    splits = [(rng.normal(size=(50, 4, 3)), rng.integers(0, 3, 50)) for _ in range(3)]
    order = rng.permutation(50)
    shuffled = [(inputs[order], targets[order]) for inputs, targets in splits]
    assert one_step_accuracy(*splits) == one_step_accuracy(*shuffled)
