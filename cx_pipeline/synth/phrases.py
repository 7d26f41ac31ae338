# ruff: noqa: E501, RUF001  (word lists in many scripts, a line a list)
"""What invented customers and agents say: a small grammar for each language.

`{p}` is a product and `{o}` an order number, in this order and once each where both are there.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Grammar:
    """Fragments of one language; a text is one of each kind, in the order of the fields."""

    subjects: tuple[str, ...]
    greetings: tuple[str, ...]
    problems: tuple[str, ...]
    wishes: tuple[str, ...]
    closings: tuple[str, ...]
    replies: tuple[str, ...]
    solutions: tuple[str, ...]
    thanks: tuple[str, ...]


PRODUCTS = (
    "Lumora desk lamp", "Pivot 3 kettle", "Tessel backpack (20 l)", "Nimbus air filter, large", 'Orrin 27" monitor', "Calyx planter; set of 4",
    "Brisk e-bike", "Hollow & Pine candle", "Quill tablet 10.1", "Marrow cast-iron pan", "Fable wireless earbuds", "Otter kids' raincoat",
    "Sable robot mower", "Verge standing desk", "Kite weather station", "Ember smart thermostat",
)  # fmt: skip
GARNISH = ("", "", "", "", "", "", " 🙁", " 👍🏽", " 👩‍💻", " 👨‍👩‍👧", " ❤️", " 🇮🇪")
BOT_REPLY = "Hello! I am the Company Bot. While you wait for a colleague, have a look at our help centre."

GRAMMARS = {
    "en": Grammar(
        ("Problem with {p}, order {o}", "Refund for {p} ({o})", "Where is my {p}? {o}", "{p} arrived broken - {o}", "Invoice wrong: {p}; order {o}", "RE: {p} {o}"),
        ("Hello,", "Hi there,", "Good morning,", "To whom it may concern:"),
        ("my {p} (order {o}) stopped working after two days.", "I ordered the {p} and got something else, order {o}.",
         "the {p} was promised for Friday, yet order {o} still says \"in transit\".", "I was charged twice for the {p}; please check order {o}."),
        ("Please send a replacement.", "I'd like my money back, not a voucher.", "Can you tell me when it will arrive?",
         "The shop said: \"we don't handle online orders\", so who does?"),
        ("Thanks", "Kind regards", "Sent from my phone", "I expect an answer this week."),
        ("Thank you for getting in touch. I have found {p} in order {o} and will look into it.", "I am sorry about the {p}. Could you confirm the address for order {o}?"),
        ("A new {p} is on its way, your order {o} is updated.", "The refund for {p} on order {o} was booked; it takes 3-5 days."),
        ("Great, thank you!", "Still nothing, to be honest.", "Works now."),
    ),
    "de": Grammar(
        ("Reklamation {p}, Bestellung {o}", "Rückerstattung für {p} ({o})", "Wo bleibt {p}? {o}"),
        ("Guten Tag,", "Sehr geehrte Damen und Herren,", "Hallo,"),
        ("mein Artikel {p} aus Bestellung {o} ist beschädigt angekommen.", "für {p} wurde doppelt abgebucht; bitte prüfen Sie die Bestellung {o}."),
        ("Bitte schicken Sie Ersatz.", "Ich möchte mein Geld zurück.", "Wann kommt die Lieferung?"),
        ("Mit freundlichen Grüßen", "Viele Grüße aus dem Süden", "Danke"),
        ("vielen Dank für Ihre Nachricht. Ich prüfe {p} in Bestellung {o}.",),
        ("der Ersatz für {p} ist unterwegs, Bestellung {o}.",),
        ("Super, danke schön!", "Leider noch nicht gelöst."),
    ),
    "fr": Grammar(
        ("Problème avec {p}, commande {o}", "Remboursement de {p} ({o})"),
        ("Bonjour,", "Madame, Monsieur,"),
        ("l'article {p} de la commande {o} est arrivé cassé.", "j'ai été débité deux fois pour {p} ; commande {o}."),
        ("Merci de m'envoyer un remplacement.", "J'attends d'être remboursé, où en est-on ?"),
        ("Cordialement", "À bientôt"),
        ("merci de votre message, je vérifie {p} dans la commande {o}.",),
        ("le remplacement de {p} est parti, commande {o}.",),
        ("Parfait, merci !", "Ça ne marche toujours pas."),
    ),
    "es": Grammar(
        ("Problema con {p}, pedido {o}", "¿Dónde está mi {p}? {o}"),
        ("Buenos días:", "Hola,"),
        ("el artículo {p} del pedido {o} llegó dañado.", "me cobraron dos veces {p}; pedido {o}."),
        ("Quiero que me devuelvan el dinero.", "¿Cuándo llegará?"),
        ("Un saludo", "Gracias de antemano, señores"),
        ("gracias por escribir. Estoy revisando {p} en el pedido {o}.",),
        ("ya enviamos otro {p}, pedido {o}.",),
        ("¡Muchas gracias!", "Todavía no funciona."),
    ),
    "it": Grammar(
        ("Problema con {p}, ordine {o}",),
        ("Buongiorno,", "Salve,"),
        ("il prodotto {p} dell'ordine {o} è arrivato rotto.",),
        ("Vorrei un rimborso.", "Perché nessuno risponde?"),
        ("Cordiali saluti",),
        ("grazie per averci scritto, controllo {p} nell'ordine {o}.",),
        ("la sostituzione di {p} è partita, ordine {o}.",),
        ("Grazie, è perfetto.",),
    ),
    "nl": Grammar(
        ("Klacht over {p}, bestelling {o}",),
        ("Beste,", "Goedemiddag,"),
        ("mijn {p} uit bestelling {o} doet het niet meer.",),
        ("Graag mijn geld terug.", "Wanneer wordt het geleverd?"),
        ("Met vriendelijke groet",),
        ("bedankt voor uw bericht, ik kijk naar {p} in bestelling {o}.",),
        ("een nieuwe {p} is onderweg, bestelling {o}.",),
        ("Top, bedankt!",),
    ),
    "pt": Grammar(
        ("Problema com {p}, pedido {o}",),
        ("Olá,", "Bom dia,"),
        ("o produto {p} do pedido {o} não funciona.",),
        ("Quero a devolução do dinheiro.", "Quando será a entrega?"),
        ("Atenciosamente", "Abraços"),
        ("obrigado pela mensagem, vou verificar {p} no pedido {o}.",),
        ("a troca de {p} já saiu, pedido {o}.",),
        ("Muito obrigado, resolveu!",),
    ),
    "pl": Grammar(
        ("Reklamacja: {p}, zamówienie {o}",),
        ("Dzień dobry,",),
        ("produkt {p} z zamówienia {o} przyszedł uszkodzony.",),
        ("Proszę o zwrot pieniędzy.",),
        ("Z poważaniem",),
        ("dziękuję za wiadomość, sprawdzam {p} w zamówieniu {o}.",),
        ("nowy produkt {p} jest w drodze, zamówienie {o}.",),
        ("Świetnie, dziękuję!",),
    ),
    "sv": Grammar(
        ("Fel på {p}, order {o}",),
        ("Hej,",),
        ("min {p} från order {o} gick sönder på en gång.",),
        ("Jag vill ha pengarna tillbaka.",),
        ("Vänliga hälsningar",),
        ("tack för ditt meddelande, jag tittar på {p} i order {o}.",),
        ("en ny {p} är på väg, order {o}.",),
        ("Tack så mycket!",),
    ),
    "ja": Grammar(
        ("{p} の不具合（注文 {o}）",),
        ("お世話になっております。",),
        ("{p} が届きましたが、動きません。注文番号は {o} です。",),
        ("交換をお願いします。", "返金は可能でしょうか？"),
        ("よろしくお願いいたします。",),
        ("お問い合わせありがとうございます。{p}（注文 {o}）を確認いたします。",),
        ("{p} の代わりの品を発送しました。注文 {o}",),
        ("助かりました。",),
    ),
    "zh": Grammar(
        ("{p} 有问题，订单 {o}",),
        ("您好，",),
        ("我买的 {p} 收到时已经损坏，订单号 {o}。",),
        ("请尽快退款。", "什么时候能到货？"),
        ("谢谢！",),
        ("感谢您的来信，我正在查看 {p}，订单 {o}。",),
        ("新的 {p} 已经寄出，订单 {o}。",),
        ("已经好了，谢谢。",),
    ),
    "uk": Grammar(
        ("Проблема з {p}, замовлення {o}",),
        ("Добрий день,",),
        ("товар {p} із замовлення {o} не працює.",),
        ("Прошу повернути кошти.",),
        ("З повагою",),
        ("дякуємо за звернення, перевіряю {p} у замовленні {o}.",),
        ("новий {p} уже в дорозі, замовлення {o}.",),
        ("Дуже дякую!",),
    ),
    "ar": Grammar(
        ("مشكلة في {p} رقم الطلب {o}",),
        ("السلام عليكم،",),
        ("وصلني {p} تالفًا، رقم الطلب {o}.",),
        ("أرجو إعادة المبلغ.",),
        ("مع الشكر",),
        ("شكرًا لتواصلكم، أراجع {p} في الطلب {o}.",),
        ("تم إرسال {p} بديل، الطلب {o}.",),
        ("شكرًا جزيلًا!",),
    ),
}  # fmt: skip
LANGUAGES = tuple(GRAMMARS)
