"""The order in which things are rehearsed. What waits for the same ticks waits at the same time."""

import os

import patches
import stack
from cloud import Cloud
from orders import OWNER
from processes import free_port
from report import Stop
from stack import Stack
from stand_ins import StandIns
from steps_changes import Changes
from steps_full import Full
from steps_input import Input
from steps_later import Later
from steps_operator import Operator
from steps_owner import Owner
from steps_reconcile import Reconcile
from steps_shard import Shard
from steps_smallest import Smallest
from steps_trouble import Trouble
from steps_ways import Ways


def rehearse(processes, report):
    try:
        Rehearsal(processes, report).all()
    except Stop:
        print("the rest was not tried")
    report.not_rehearsed(patches.NOT_REHEARSED)
    report.summary()


class Rehearsal:
    """Two deployments beside each other: one with the three values that are required, one with everything."""

    def __init__(self, processes, report):
        self.report = report
        self.processes = processes
        self.cloud = Cloud(free_port())
        self.stand_ins = StandIns(free_port())

    def all(self):
        for name, part in [
            ("build", self.build),
            ("start", self.start),
            ("first deployment", self.deploy),
            ("smallest set", self.smallest_set),
            ("ways", self.ways),
            ("full set", self.full_set),
            ("trouble", self.trouble),
            ("change", self.change),
        ]:
            self.report.part(name, part)

    def build(self):
        self.report.required("the functions are built", lambda: stack.build(self.processes, os.environ))
        self.report.required("the stand-ins are built", lambda: self.stand_ins.build(self.processes))

    def start(self):
        self.report.required("the emulator runs", lambda: self.cloud.start(self.processes))
        self.report.required("the stand-ins run", lambda: self.stand_ins.start(self.processes))
        self.tokens = self.stand_ins.tokens(OWNER)
        self.token = self.tokens.owner
        template = patches.template(stack.BUILT)
        self.smallest = Stack("varsling", self.cloud, self.processes, template, {
            **self.stand_ins.issuer(), "EmailIdentity": "example.no", "EmailSender": "varsling@example.no"})
        self.full = Stack("varsling-full", self.cloud, self.processes, template, {
            **self.stand_ins.issuer(), **self.stand_ins.registers(), "EmailIdentity": "example.com",
            "EmailSender": "varsling@example.com", "SmsSenderId": "Varsling", "StatusEventsTo": "*",
            "ConsoleEnabled": "ENABLED"})
        self.changes = Changes(self.smallest, self.full, self.tokens)

    def deploy(self):
        for deployment in (self.smallest, self.full):
            self.cloud.verify(deployment.parameters["EmailIdentity"])
        self.report.required("three values are enough for a deployment", self.smallest.deploy)

    def smallest_set(self):
        steps = Smallest(self.smallest, self.token)
        for step in steps.refusals():
            self.report.step(*step)
        self.report.together([
            ("the full set is deployed beside it", self.full.deploy),
            *steps.steps(),
        ])
        # Two dozen deployments, which would leave the functions too little of a small machine.
        self.report.step("wrong values are refused by their parameters' names", Input(self.smallest).wrong_values)
        if not self.full.outputs:
            raise Stop

    def ways(self):
        self.report.step(
            "the key for Maskinporten and the headers for registers are put into their secrets", self.put_secrets)
        for steps in (Ways(self.full, self.token), Shard(self.full, self.token), Reconcile(self.full, self.token),
                      Owner(self.full, self.tokens), Operator(self.full, self.tokens)):
            for step in steps.steps():
                self.report.step(*step)

    def full_set(self):
        self.report.together([
            ("a stack on a restored copy of its table knows its orders, is held, and goes on once it is settled",
             self.changes.restored),
            *Full(self.full, self.token).steps(),
            *Later(self.full, self.token).steps(),
        ])

    def put_secrets(self):
        self.full.put_secret("MaskinportenKeyArn", self.stand_ins.key())
        self.full.put_secret("RegisterHeadersArn", '{"names": {"PlatformAccessToken": "local"}}')

    def trouble(self):
        trouble = Trouble(self.smallest, self.full, self.stand_ins, self.token)
        self.report.step("nothing has waited for anything so far", trouble.none_yet)
        self.report.together(trouble.steps())
        letters = Operator(self.full, self.tokens)
        self.report.step("the tool: a dead letter is explained and sent back", letters.dead_letters)

    def change(self):
        self.report.step("a deployment over the existing one has effect", self.changes.changed)
