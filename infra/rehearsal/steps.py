"""What the steps on a deployment have in common."""


class Steps:
    """Steps that are taken on one stack, as an owner with a token."""

    def __init__(self, stack, token):
        self.stack = stack
        self.cloud = stack.cloud
        self.api = stack.api(token)
