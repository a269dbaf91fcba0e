"""English."""

# ruff: noqa: E501 - a table of words reads best one entry a line

from vikno.welcome.phrases import Phrases, Problem

P = Problem

EN = Phrases(
    first_names=(
        "Emily", "Sarah", "Grace", "Olivia", "Hannah", "Chloe", "Laura", "Megan", "Sophie", "Rachel", "Nina", "Zoe",
        "James", "Oliver", "Daniel", "Thomas", "Peter", "Samuel", "Ben", "Marcus", "Adam", "Luke", "Henry", "Ivan",
    ),
    surnames=(
        "Miller", "Clark", "Novak", "Turner", "Hughes", "Reed", "Foster", "Bennett", "Carter", "Morgan", "Price", "Ward",
        "Kowalski", "Larsen", "Becker", "Rossi", "Doyle", "Fraser", "Stone", "Webb", "Hart", "Lane",
    ),
    things=(
        "kettle", "coffee grinder", "backpack", "desk lamp", "vacuum cleaner", "headphones", "jacket", "flask", "blender", "keyboard",
        "monitor", "blanket", "frying pan", "router", "charger", "scooter",
    ),
    places=("London", "Warsaw", "Prague", "Berlin", "Dublin", "Leeds", "Vienna", "Riga", "Vilnius", "Bristol", "Lviv", "Kyiv"),
    days=("yesterday", "on Monday", "on Tuesday", "on Wednesday", "on Thursday", "on Friday", "this morning", "last week"),
    greetings=("Hello,", "Hi there,", "Good morning,", "Dear support team,", "Good afternoon,", "Hi,"),
    farewells=("Kind regards,", "Thanks in advance,", "Looking forward to your reply.", "Have a nice day!", "Many thanks,", "Best wishes,"),
    details=(
        "This is my second message, nobody picks up the phone.", "It happened {day}.", "The number is {n}, if that helps.",
        "Everything worked fine before.", "I attach a screenshot.", "I need it by the end of the week.",
        "I am in {place}, any pick-up point will do.", "We restarted it, no luck.", "You can reach me on the same number.",
        "A colleague has the same trouble.", "If you need details, please call after lunch.", "It is the same in the browser and in the app.",
        "I still have the receipt and the warranty card.", "I will be in the office until six.",
    ),
    follow_ups=(
        "Is there any news about my request?", "Here is what you asked for.", "I tried again with the same result.",
        "Yes, that is right, number {n}.", "Somebody called me, but the line broke.", "I did as you wrote and the error is still there.",
        "To be clear: it is about the {thing}.", "Can this be done any faster?", "That suits me, let us do so.", "The address is different: {place}, centre.",
    ),
    thanks=("Thank you, it works now!", "Great, thanks a lot for your help.", "Received, thank you!", "All solved, thanks.", "Thanks for the quick answer!"),
    openers=("Hello {name},", "Hi {name},", "{name}, thank you for writing to us.", "Good day, {name}."),
    steps=(
        "We passed your question to a specialist.", "We checked: number {n} is in the system.", "Please send us a photo or a screenshot.",
        "Please clear the browser cache and sign in again.", "We will answer within one working day.", "The warehouse confirmed that it is in stock.",
        "An engineer can come {day}.", "We restarted the service on our side.", "Please tell us your contract number.",
        "The money will be back on your card in three working days.", "The parcel is at the pick-up point: {place}.", "We changed the delivery address.",
    ),
    closers=("Have a nice day!", "Write to us if anything goes wrong.", "Always glad to help.", "We keep in touch."),
    notes=(
        "Called the customer, agreed on tomorrow.", "Third such request this week, we should find the cause.", "Waiting for the warehouse.",
        "Updated the driver, watching it until tonight.", "Agreed with the accounts team.", "Do not answer before the payment is checked.",
    ),
    tags=("urgent", "technical", "return", "payment", "delivery", "repair", "access", "regular customer"),
    problems=(
        P("it", "Cannot sign in to my mail", ("Since I changed my password the mail does not let me in.", "It says that the account is locked."), ("We unlocked the account and sent a temporary password to your phone.", "Please sign in and change the password at once.")),
        P("it", "Printer {n} does not print", ("The printer in accounts eats the paper.", "The queue has been stuck since the morning."), ("We replaced the feed roller, please print a test page.", "We will bring a cartridge today.")),
        P("it", "VPN drops every five minutes", ("I work from home and the VPN keeps dropping.", "Without it the accounting program does not open."), ("Please update the VPN client from the portal.", "We moved you to another gateway.")),
        P("it", "Access to the contracts folder", ("A new colleague needs access to the shared folder.", "Our head agreed, see the attached letter."), ("Access is granted, please sign in again.", "The rights are valid from tomorrow.")),
        P("it", "My laptop is very slow", ("The laptop takes half an hour to start.", "The fan is so loud that I cannot hear the caller."), ("We added memory and replaced the disk.", "Please bring it to room 12.")),
        P("it", "Suspicious letter from a “bank”", ("I got a letter with an attachment and dare not open it.", "They ask for my mail password."), ("It is a fraud, we removed the letter everywhere.", "Well done for not opening it!")),
        P("shop", "Where is my order {n}?", ("Order {n} was due {day}.", "The status has not changed for three days."), ("The carrier is late, the parcel arrives tomorrow.", "Here is the tracking number: {n}.")),
        P("shop", "Return of a {thing}", ("I want to return it, the size is wrong.", "I opened the box but never used it."), ("The return is registered, the label is attached.", "We pay for the return.")),
        P("shop", "My {thing} arrived broken", ("The box is fine but there is a crack inside.", "I attach photos, what a pity."), ("We are sorry and send a replacement.", "You need no report from the carrier.")),
        P("shop", "Do you have the {thing} in stock?", ("The site says that few are left.", "I need two as presents."), ("Four are left, we put two aside for you.", "The next delivery is in a week.")),
        P("shop", "Invoice for a company", ("We need an invoice with VAT.", "Our details are attached."), ("The invoice is on its way, the delivery note comes with the goods.", "The originals follow by post.")),
        P("telecom", "No internet, contract {n}", ("The light on the router has been off since last night.", "The whole flat is offline."), ("There is an outage in your building, it should end by 18:00.", "The engineer replaced a connector, please check.")),
        P("telecom", "Slow in the evenings", ("I pay for a hundred megabits and get ten.", "I attach the measurements."), ("We moved you to a less busy port.", "Please try another Wi-Fi channel.")),
        P("telecom", "Change of plan", ("I want to move to a cheaper plan.", "From which day will it apply?"), ("The plan changes on the first of the month.", "The difference goes back to your account.")),
        P("telecom", "Charged twice", ("You took the money twice this month.", "The bank statement is attached."), ("We found the mistake and return the money.", "The correction is already on your account.")),
    ),
)  # fmt: skip
