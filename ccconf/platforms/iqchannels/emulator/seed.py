"""Makes up an estate: the same numbers, the same people. Nobody in it is meant to be anybody."""

from __future__ import annotations

import random
from typing import Any

from ccconf.platforms.iqchannels.emulator.estate import Estate
from ccconf.platforms.iqchannels.emulator.options import Options, Seed

_FIRST = "Алла Борис Вера Глеб Дарья Егор Жанна Захар Инна Кирилл Лада Марк Нина Олег Полина Роман Софья Тимур Ульяна"
_LAST = "Лес Поле Озеро Гора Берег Мост Сад Луг Остров Камень Ветер Снег Дождь Туман Рассвет Закат Ручей Роща"
_SKILLS = ("Карты", "Вклады", "Ипотека")
_SCHEDULES: dict[str, dict[str, Any]] = {
    "Дневной": {"weekly": {day: ["09:00-18:00"] for day in ("mon", "tue", "wed", "thu", "fri")}},
    "Ночной": {"weekly": {day: ["21:00-09:00"] for day in ("mon", "wed", "fri", "sun")}},
}


def plant(estate: Estate, options: Options, seed: Seed) -> None:
    """Fill an empty installation."""
    dice = random.Random(seed.seed)  # noqa: S311 - an estate, no secret
    estate.create("group", "Розница", {"name": "Розница"})
    estate.create("role", "Администратор", {"name": "Администратор", "permissions": {"users": "admin"}})
    estate.create("role", "Оператор", {"name": "Оператор", "permissions": {"users": "read"}})
    segment = {"name": "Старший смены", "scope": "segment", "segment": "Розница"}
    estate.create("role", "Старший смены", segment)
    for name, hours in _SCHEDULES.items():
        estate.create("schedule", name, {"name": name, "timezone": "Europe/Moscow", "lateness_minutes": 5, **hours})
    skilled = _SKILLS if "iqpro" in options.modules else ()
    for name in skilled:
        estate.create("skill", name, {"name": name})
    for place in range(seed.users):
        _hire(estate, place, skilled, dice)


def _hire(estate: Estate, place: int, skilled: tuple[str, ...], dice: random.Random) -> None:
    name = f"{dice.choice(_FIRST.split())} {dice.choice(_LAST.split())}"
    email = f"user{place + 1}@bank.example"
    fields: dict[str, Any] = {
        "name": name,
        "email": email,
        "position": "Администратор" if place == 0 else "Оператор",
        "roles": ["Администратор" if place == 0 else "Оператор"],
        "schedule": dice.choice(sorted(_SCHEDULES)),
        "status": "inactive" if place and dice.random() < 0.05 else "active",
        "skills": {skill: dice.randint(1, 5) for skill in skilled if dice.random() < 0.5},
    }
    id_ = estate.create("user", email, fields)
    if fields["status"] == "active" and dice.random() < 0.3:
        estate.online.add(id_)
