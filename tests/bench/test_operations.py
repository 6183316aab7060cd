from seqtasks.bench.operations import (
    kernel_elements,
    product_operations,
    training_operations,
)


def test_kernels_alone_are_counted():
    # a cell of 2 inputs and 3 units, a scalar, and a dense layer of 5 outputs
    assert kernel_elements([(2, 3), (3, 3), (3,), (), (3, 5), (5,)]) == 6 + 9 + 15


def test_a_training_step_has_three_products_of_two_operations():
    # 4 tokens, a kernel of 2 × 3: forwards 2·4·2·3 = 48, and twice that backwards
    assert training_operations(4, 2 * 3) == 48 + 96


def test_a_product_of_matrices():
    # 2 × 2: four elements of two multiplications and two additions each
    assert product_operations(2) == 16
