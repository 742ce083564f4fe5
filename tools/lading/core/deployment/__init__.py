"""Deployments: what should be, what is, the steps between them, and what proves the end.

```
Target, Package, DesiredSettings → Release ┐
                                           ├ plan_deployment → Plan → StepOutcome … → Outcome
Site, AppSettings, functions, … → AppState ┘   problems or steps      Evidence → Proof
```

While steps are performed every reply has one meaning. To a package: `judge_upload`; about the own
deployment: `judge_poll`; of Resource Manager: `judge_arm`. What they give says what to do next,
how often and for how long at most, so that whoever performs has nothing to decide.
"""
