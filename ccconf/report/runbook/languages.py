"""The sentences of a runbook that belong to no vendor, in every language that a guide may ask for.

A word between braces is filled in. In Russian nothing that is filled in is bent: it stands in the form in which the
screen or a person wrote it, so each sentence is built around that.
"""

from __future__ import annotations

LANGUAGES = ("en", "pt-BR", "ru")

SENTENCES: dict[str, tuple[str, str, str]] = {
    "title": (
        "To do by hand on {platform}: {target}",
        "Tarefas manuais no {platform}: {target}",
        "Что сделать вручную в {platform}: {target}",
    ),
    # headings and labels
    "before": ("Before you begin", "Antes de começar", "Перед началом"),
    "to_do": ("What to do", "O que fazer", "Что сделать"),
    "later": ("Next round", "Próxima rodada", "В следующий раз"),
    "back": ("Report back", "Como informar o que foi feito", "Как сообщить о сделанном"),
    "where": ("Where", "Onde", "Где"),
    "expect": ("When it is right", "Quando estiver certo", "Когда всё верно"),
    "unverified": ("unverified", "não verificado", "не проверено"),
    "language": ("Language", "Idioma", "Язык"),
    "progress": ("{done} of {all} done", "{done} de {all} feitos", "Сделано: {done} из {all}"),
    "of_plan": ("Plan {plan}", "Plano {plan}", "План {plan}"),
    # what to have at hand
    "sign_in": (
        "Sign in to {platform} with an account that may change people and what they are allowed to do.",
        "Entre no {platform} com uma conta que possa alterar pessoas e o que elas podem fazer.",
        "Войдите в {platform} под учётной записью, которой разрешено менять людей и их доступы.",
    ),
    "file_at_hand": (
        "Have the file {file} at hand.",
        "Tenha à mão o arquivo {file}.",
        "Держите под рукой файл {file}.",
    ),
    "secret_file": (
        "The file {file} is confidential: do not pass it on, and delete it when its import has succeeded.",
        "O arquivo {file} é confidencial: não o repasse e apague-o quando a importação tiver dado certo.",
        "Файл {file} секретный: никому его не передавайте и удалите, когда импорт пройдёт успешно.",
    ),
    "picture_at_hand": (
        "Have the picture {file} at hand.",
        "Tenha à mão a imagem {file}.",
        "Держите под рукой изображение {file}.",
    ),
    "order": (
        "Do them in the order of their numbers: a later one may need an earlier one.",
        "Siga a ordem dos números: um item pode depender de outro anterior.",
        "Выполняйте по порядку номеров: следующий пункт может зависеть от предыдущего.",
    ),
    "mark": (
        "The mark {mark} means that these words were never compared with the screen. If the screen says something "
        "else, do what is meant, and say so when you report back.",
        "A marca {mark} significa que estas palavras nunca foram comparadas com a tela. Se a tela disser outra coisa, "
        "faça o que se pretende e avise ao informar o que foi feito.",
        "Пометка {mark} означает, что эти слова никто не сверял с экраном. Если на экране написано иначе, "
        "действуйте по смыслу и скажите об этом, когда будете сообщать о сделанном.",
    ),
    # headings of entries
    "create": ("Create the {kind} {name}", "Criar {kind} {name}", "Создать {kind} {name}"),
    "update": ("Change the {kind} {name}", "Alterar {kind} {name}", "Изменить {kind} {name}"),
    "rename": (
        "Rename the {kind} {name} to {new_name}",
        "Renomear {kind} {name} para {new_name}",
        "Переименовать {kind} {name} в {new_name}",
    ),
    "delete": ("Delete the {kind} {name}", "Excluir {kind} {name}", "Удалить {kind} {name}"),
    "restore": ("Restore the {kind} {name}", "Restaurar {kind} {name}", "Восстановить {kind} {name}"),
    "complete": ("Complete the {kind} {name}", "Completar {kind} {name}", "Дополнить {kind} {name}"),
    "leave": ("Close the access of {name}", "Encerrar o acesso de {name}", "Закрыть доступ: {name}"),
    "import": ("Import the file {file}", "Importar o arquivo {file}", "Импортировать файл {file}"),
    # what to know beside an entry
    "leaves": (
        "{name} is no longer in the manifests, and leaves.",
        "{name} não está mais nos manifestos e sai da equipe.",
        "{name}: этого человека больше нет в манифестах, он уходит.",
    ),
    "parked": (
        "For a moment only: another entry needs what this one gives up.",
        "Só por um momento: outro item precisa do que este libera.",
        "Только на время: другому пункту нужно то, что освобождает этот.",
    ),
    "effect": (
        "This also happens by itself: {effect}.",
        "Isto também acontece sozinho: {effect}.",
        "Само собой произойдёт и это: {effect}.",
    ),
    "after_import": (
        "The file {file} has brought the rest.",
        "O restante veio com o arquivo {file}.",
        "Остальное уже пришло из файла {file}.",
    ),
    "in_file": ("It brings {names}.", "Ele traz {names}.", "В нём: {names}."),
    "nothing": (
        "There is nothing to do on the screens: only the name in Git changes.",
        "Não há nada a fazer nas telas: só o nome no Git muda.",
        "На экранах ничего делать не нужно: меняется только имя в Git.",
    ),
    # texts and choices
    "type": ("Type {value} into {field}.", "Digite {value} em {field}.", "Введите {value} в поле {field}."),
    "retype": (
        "Change {field} from {before} to {value}.",
        "Altere {field} de {before} para {value}.",
        "В поле {field} замените {before} на {value}.",
    ),
    "clear": (
        "Clear {field} (now {before}).",
        "Limpe {field} (agora {before}).",
        "Очистите поле {field} (сейчас {before}).",
    ),
    "choose": ("Under {field} choose {value}.", "Em {field}, selecione {value}.", "В поле {field} выберите {value}."),
    "rechoose": (
        "Under {field} choose {value} instead of {before}.",
        "Em {field}, selecione {value} no lugar de {before}.",
        "В поле {field} выберите {value} вместо {before}.",
    ),
    "unchoose": (
        "Under {field} remove {before} and choose nothing.",
        "Em {field}, remova {before} e não selecione nada.",
        "В поле {field} уберите {before} и ничего не выбирайте.",
    ),
    "on_field": ("Switch on {field}.", "Ative {field}.", "Включите {field}."),
    "off_field": ("Switch off {field}.", "Desative {field}.", "Выключите {field}."),
    "upload": (
        "Under {field} upload the file {value}.",
        "Em {field}, envie o arquivo {value}.",
        "В поле {field} загрузите файл {value}.",
    ),
    "remove_file": ("Under {field} delete the file.", "Em {field}, exclua o arquivo.", "В поле {field} удалите файл."),
    # entries of lists
    "add": ("Under {field} add {value}.", "Em {field}, adicione {value}.", "В поле {field} добавьте {value}."),
    "remove": ("Under {field} remove {value}.", "Em {field}, remova {value}.", "В поле {field} уберите {value}."),
    "with_role": (
        "Under {field} mark {value} as {role}.",
        "Em {field}, marque {value} como {role}.",
        "В поле {field} отметьте у {value}: {role}.",
    ),
    "without_role": (
        "Under {field} remove the mark {role} from {value}.",
        "Em {field}, desmarque {role} em {value}.",
        "В поле {field} снимите у {value} отметку {role}.",
    ),
    "within": (
        "Under {field}, for {value}, set {permission} to {level}.",
        "Em {field}, para {value}, defina {permission} como {level}.",
        "В поле {field} для {value} установите {permission}: {level}.",
    ),
    "no_longer_within": (
        "Under {field}, for {value}, remove the setting of {permission}.",
        "Em {field}, para {value}, remova o ajuste de {permission}.",
        "В поле {field} для {value} уберите настройку {permission}.",
    ),
    "add_skill": (
        "Under {field} add {value} with the level {level}.",
        "Em {field}, adicione {value} com o nível {level}.",
        "В поле {field} добавьте {value}, уровень {level}.",
    ),
    "change_skill": (
        "Under {field} change the level of {value} from {before} to {level}.",
        "Em {field}, altere o nível de {value} de {before} para {level}.",
        "В поле {field} измените уровень {value} с {before} на {level}.",
    ),
    "add_noted": (
        "Under {field} add {value} with the note {note}.",
        "Em {field}, adicione {value} com a observação {note}.",
        "В поле {field} добавьте {value} с пометкой {note}.",
    ),
    "note": (
        "Under {field} change the note of {value} to {note}.",
        "Em {field}, altere a observação de {value} para {note}.",
        "В поле {field} измените пометку у {value} на {note}.",
    ),
    "clear_note": (
        "Under {field} clear the note of {value}.",
        "Em {field}, limpe a observação de {value}.",
        "В поле {field} очистите пометку у {value}.",
    ),
    # permissions
    "on": ("Switch on {permission}.", "Ative {permission}.", "Включите {permission}."),
    "off": ("Switch off {permission}.", "Desative {permission}.", "Выключите {permission}."),
    "level": (
        "Set {permission} to {value}.",
        "Defina {permission} como {value}.",
        "Установите для {permission}: {value}.",
    ),
    "relevel": (
        "Change {permission} from {before} to {value}.",
        "Altere {permission} de {before} para {value}.",
        "Измените {permission}: {before} на {value}.",
    ),
    "others_off": (
        "Leave every other permission switched off.",
        "Deixe todas as outras permissões desativadas.",
        "Все остальные доступы оставьте выключенными.",
    ),
    # hours and days
    "hours": (
        "Under {field} enter: {days}, {hours}.",
        "Em {field}, informe: {days}, {hours}.",
        "В поле {field} укажите: {days}, {hours}.",
    ),
    "rehours": (
        "Under {field} change: {days}, {hours} instead of {before}.",
        "Em {field}, altere: {days}, {hours} no lugar de {before}.",
        "В поле {field} измените: {days}, {hours} вместо {before}.",
    ),
    "no_hours": (
        "Under {field} remove all hours: {days} (now {before}).",
        "Em {field}, remova todos os horários: {days} (agora {before}).",
        "В поле {field} уберите все часы: {days} (сейчас {before}).",
    ),
    "from_to": ("{first} to {last}", "{first} a {last}", "{first} – {last}"),
    "next_day": (" (until the next day)", " (até o dia seguinte)", " (до следующего дня)"),
    "every_year": (" (every year)", " (todos os anos)", " (каждый год)"),
    # personal acts
    "find_person": ("Find {name}.", "Encontre {name}.", "Найдите {name}."),
    "act": ("Choose {act} for {name}.", "Escolha {act} para {name}.", "Выберите для {name}: {act}."),
    # the next round
    "what_is_later": (
        "This cannot be done yet. Report back first; the next plan then brings it.",
        "Isto ainda não pode ser feito. Primeiro informe o que foi feito; o próximo plano então o trará.",
        "Этого пока сделать нельзя. Сначала сообщите о сделанном; тогда это появится в следующем плане.",
    ),
    "because": ("Reason: {reason}", "Motivo: {reason}", "Причина: {reason}"),
    "waits": ("It waits for {step}.", "Espera por {step}.", "Ожидает: {step}."),
    # how to report
    "confirm": (
        "When entries are done, note them by their numbers: {command}.",
        "Quando itens estiverem feitos, anote-os pelos números: {command}.",
        "Когда пункты сделаны, отметьте их по номерам: {command}.",
    ),
    "confirm_all": (
        "When everything is done: {command}.",
        "Quando tudo estiver feito: {command}.",
        "Когда сделано всё: {command}.",
    ),
    "look_again": (
        "Then export the lists from {platform}, or type them off its screens, and import them: {command}.",
        "Depois exporte as listas do {platform}, ou copie-as das telas, e importe-as: {command}.",
        "Затем выгрузите списки из {platform} или перепишите их с экранов и импортируйте: {command}.",
    ),
    "plan_again": (
        "The next plan shows what is still missing: {command}.",
        "O próximo plano mostra o que ainda falta: {command}.",
        "Следующий план покажет, чего ещё не хватает: {command}.",
    ),
}  # fmt: skip

AUTONYMS = {"en": "English", "pt-BR": "Português (Brasil)", "ru": "Русский"}
"""What each language calls itself."""

COUNTED: dict[str, tuple[tuple[str, ...], ...]] = {
    "entries": (
        ("There is {count} entry.", "There are {count} entries."),
        ("Há {count} item.", "Há {count} itens."),
        ("Здесь {count} пункт.", "Здесь {count} пункта.", "Здесь {count} пунктов."),
    ),
}

DAYS: dict[str, tuple[str, ...]] = {
    "en": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
    "pt-BR": (
        "segunda-feira", "terça-feira", "quarta-feira", "quinta-feira", "sexta-feira", "sábado", "domingo",
    ),
    "ru": ("понедельник", "вторник", "среда", "четверг", "пятница", "суббота", "воскресенье"),
}  # fmt: skip

MONTHS: dict[str, tuple[str, ...]] = {
    "en": (
        "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
        "December",
    ),
    "pt-BR": (
        "janeiro", "fevereiro", "março", "abril", "maio", "junho", "julho", "agosto", "setembro", "outubro",
        "novembro", "dezembro",
    ),
    "ru": (
        "января", "февраля", "марта", "апреля", "мая", "июня", "июля", "августа", "сентября", "октября", "ноября",
        "декабря",
    ),
}  # fmt: skip

DATES: dict[str, tuple[str, str]] = {
    "en": ("{day} {month}", "{day} {month} {year}"),
    "pt-BR": ("{day} de {month}", "{day} de {month} de {year}"),
    "ru": ("{day} {month}", "{day} {month} {year} года"),
}
"""A day of every year, and a day of one."""


def sentence(name: str, language: str) -> str:
    """A sentence in a language that `LANGUAGES` names."""
    return SENTENCES[name][LANGUAGES.index(language)]


def counted(name: str, count: int, language: str) -> str:
    """So many of something, with the right ending."""
    forms = COUNTED[name][LANGUAGES.index(language)]
    return forms[_form(count, language)].format(count=count)


def _form(count: int, language: str) -> int:
    match language:
        case "ru" if count % 10 == 1 and count % 100 != 11:
            return 0
        case "ru" if count % 10 in (2, 3, 4) and count % 100 not in (12, 13, 14):
            return 1
        case "ru":
            return 2
        case "pt-BR":
            return int(count > 1)
        case _:
            return int(count != 1)


def date(text: str, language: str) -> str:
    """`12-25` or `2026-12-25` as people say it."""
    *year, month, day = text.split("-")
    form = DATES[language][len(year)]
    return form.format(day=int(day), month=MONTHS[language][int(month) - 1], year="".join(year))
