"""In English."""

# ruff: noqa: E501 - letters read best as they were written

from vikno.welcome.tales import Tale

T = Tale

EN = (
    T(
        who="Emily Turner", address="emily.turner@post.example", subject="Do you ship to Ireland?", category=(1,), team=1, tags=("abroad",), steps=(
            ("m65", "c", "Hello,\n\nI fell in love with your Morning Dew cups while visiting Lviv. Do you ship a set of six to Dublin, and what would it cost? I am happy to pay for extra padding.\n\nKind regards,\nEmily Turner"),
        ),
    ),
    T(
        who="Marcus Becker", address="marcus.becker@firm.example", subject="Invoice KS-1162 shows the wrong VAT number",
        team=3, category=(3, 0), type=2, priority=10, tags=("invoice",), contract="К-2101", due=1, steps=(
            ("d1 11:32", "c", "<p>Hello,</p><p>our accountant returned invoice <b>KS-1162</b>: the VAT number should read <b>DE 811 204 977</b>, not DE 811 204 997. Could you issue a corrected one this week? We cannot book it otherwise.</p><p>Best regards,<br>Marcus Becker<br>Café Zeitlos, Berlin</p>"),
            ("d1 12:10", "pavlo take"),
            ("d1 12:14", "pavlo", "Hello Marcus,\n\nyou are right, two digits were swapped on our side. The corrected invoice needs the signature of our director, who is back tomorrow; you will have it before noon.\n\nPavlo Tkachenko\nKashtan, accounts"),
            ("d1 12:15", "pavlo note", "Оксано, потрібен твій підпис на KS-1162 (виправлення)."),
            ("m160", "c", "Thanks Pavlo, noon is fine. Could you copy buchhaltung@firm.example as well?"),
        ),
    ),
    T(
        who="Grace Hughes", address="grace.hughes@post.example", subject="Broken lid on arrival, photo attached",
        team=2, category=(1, 1), type=2, tags=("photo",), steps=(
            ("d3 19:25", "c", "Hi there,\n\nthe teapot from order 48317 is lovely, but its lid came in three pieces (photo). The box had a dent in one corner. Is it possible to get only the lid?\n\nThanks,\nGrace", "lid.png"),
            ("d2 09:15", "andriy take"),
            ("d2 09:28", "andriy", "Hello Grace,\n\nso sorry about the lid! We do keep spare ones: a new lid leaves today, no charge, tracking number 2045 0098 7741. No need to send anything back.\n\nAndriy Boiko\nKashtan, returns and warranty"),
            ("d2 09:30", "andriy wait"),
            ("m480", "c thanks", "It arrived this morning and fits perfectly. You are wonderful, thank you!"),
            ("m470", "andriy close"),
        ),
    ),
    T(
        who="Tom Fraser", address="t.fraser@inbox.example", subject="Wholesale price list for a small café?", category=(5,), type=5, tags=("опт",), steps=(
            ("d2 15:20", "c", "Good afternoon,\n\nwe are opening a twelve-seat café in Kyiv in spring and would like to serve in your stoneware: about 40 cups, 30 small plates, 10 teapots. Do you have a wholesale list, and is there a discount on seconds?\n\nTom Fraser"),
            ("d2 15:55", "oksana take"),
            ("d2 16:30", "oksana", "Dear Tom,\n\ncongratulations on the café! The list is attached: from 50 pieces we take 15 % off. Seconds (small glaze marks, food-safe) are sold only in the shop in Podil, at half price, and they are a good match for a place with character.\n\nWould you like to come on Saturday? I will put the best ones aside.\n\nOksana Levchenko", "Wholesale.pdf"),
            ("d2 16:31", "oksana wait"),
            ("d1 09:02", "c", "Saturday at eleven suits me well. I will bring a friend with a car."),
            ("d1 09:40", "oksana", "Perfect, see you at eleven. The coffee is on us."),
            ("d1 09:41", "oksana wait"),
        ),
    ),
    T(
        who="Nina Novak", address="nina.novak@post.example", subject="Tracking has not moved since Tuesday", team=1, category=(1, 0), tags=("доставка",), steps=(
            ("d4 08:50", "c", "Hello, order 48266 to Prague. The tracking page says “handed to partner” since Tuesday. Is it lost?"),
            ("d4 09:20", "taras take"),
            ("d4 09:44", "taras", "Hello Nina,\n\nnot lost: the partner in Czechia scans parcels only at the depot in Ostrava, usually two days later. Expected in Prague tomorrow. If it does not show by Friday evening, we will send another one.\n\nTaras Hnatiuk"),
            ("d4 09:45", "taras wait"),
            ("d2 18:10", "c thanks", "It came today, thanks for calming me down!"),
            ("d2 18:12", "taras close"),
        ),
    ),
    T(
        who="Sophie Reed", address="sophie.reed@inbox.example", subject="Can I change the name on the gift card?", category=(0, 1), steps=(
            ("m31", "c", "Hi! In order 48432 I wrote “for Hanna”, and it should be “for Halyna”. Please tell me you have not printed it yet!\n\nSophie"),
        ),
    ),
    T(
        who="Daniel Price", address="daniel.price@post.example", subject="Refund for order 48190 still missing",
        team=3, category=(3, 1), type=2, priority=10, tags=("оплата",), follower="oksana", steps=(
            ("d13 10:10", "c", "Hello, I returned the blender on the 2nd, the parcel was received on the 5th. No refund so far."),
            ("d13 10:45", "pavlo take"),
            ("d13 11:00", "pavlo", "Hello Daniel, the refund of 3 150 UAH went out on the 6th to the card ending in 4417. Banks abroad take up to ten working days. I attach the confirmation.\n\nPavlo", "confirmation.pdf"),
            ("d13 11:01", "pavlo wait"),
            ("d3 09:12", "c", "Ten working days are over. My bank says that the transfer was rejected: the card had been replaced."),
            ("d3 09:50", "pavlo", "Thank you for checking. The money is back with us since this morning, so you are right. Please send us an IBAN in your name, and it goes out the same day."),
            ("d3 09:51", "pavlo wait"),
            ("m100", "c", "Here it is: IBAN in the attached letter from the bank. The account is in my own name.", "bank letter.pdf"),
        ),
    ),
    T(
        who="Hannah Ward", address="hannah.ward@inbox.example", subject="Which coffee for cold brew?", steps=(
            ("d6 13:30", "c", "Hi! Which of your beans would you take for cold brew? I like it chocolatey, no berries."),
            ("d6 14:02", "daryna take"),
            ("d6 14:10", "daryna", "Hi Hannah! Brazil Santos, medium roast: nuts and cocoa, hardly any acidity. Coarse grind, 80 g to a litre of cold water, fourteen hours in the fridge, then a paper filter.\n\nDaryna"),
            ("d6 14:11", "daryna close"),
            ("d5 16:45", "c", "Ordered! One more thing: can the same beans go into a moka pot?"),
            ("d5 17:00", "daryna", "They can, and they will be glad to. Medium-fine, and take it off the heat as soon as it gurgles."),
            ("d5 17:01", "daryna close"),
        ),
    ),
    T(
        who="Oliver Doyle", address="o.doyle@firm.example", subject="Your site on a screen reader", type=4, tags=("ідея", "сайт"), follower="oksana", steps=(
            ("d9 12:12", "c", "Hello,\n\nI am blind and buy my coffee from you with a screen reader. Since the redesign the “add to basket” buttons are read as “button, button, button”. Could they carry the name of the product? Everything else works well, which is rare, so thank you.\n\nOliver"),
            ("d9 12:40", "daryna take"),
            ("d9 12:55", "daryna", "Dear Oliver,\n\nthank you for telling us so kindly. Our developer has added the names; it goes live tonight. Would you try it tomorrow and tell us frankly?\n\nDaryna Koval"),
            ("d8 10:20", "c", "Tried it: works like a charm. Now I know what I am buying twice."),
            ("d8 10:30", "daryna close"),
        ),
    ),
    T(
        who="Laura Rossi", address="laura.rossi@post.example", subject="Delivery date for the set “Carpathians”", team=1, category=(0, 0), due=5, steps=(
            ("d2 11:48", "c", "Good morning, the page says “expected in two weeks” and it said so three weeks ago. Is there a real date? It is for a wedding on the 14th of next month."),
            ("d2 12:20", "taras take"),
            ("d2 12:41", "taras", "Good morning Laura,\n\nthe kiln of the workshop was under repair. They fire our sets this Thursday; we expect them on Monday and will send yours first, by courier. I follow this one myself.\n\nTaras Hnatiuk"),
            ("d2 12:42", "taras note", "Майстерня обіцяє понеділок. Якщо ні, віддати виставковий комплект."),
            ("d2 12:43", "taras supplier"),
        ),
    ),
    T(
        who="Henry Stone", address="henry.stone@inbox.example", subject="Cancel my account, please", category=(4,), steps=(
            ("m350", "c", "Please close my account and delete my data. I moved abroad and will not be ordering any more. Nothing personal, the coffee was great."),
            ("m340", "daryna looks"),
            ("m338", "daryna note", "Лист не з тієї адреси, що в кабінеті. Просимо підтвердити з адреси замовлень."),
        ),
    ),
    T(
        who="Zoe Carter", address="zoe.carter@post.example", subject="Thank you for the quick replacement!", steps=(
            ("d7 21:05", "c", "The new grinder arrived in two days, to a village! I told the whole book club."),
            ("d6 09:05", "iryna take"),
            ("d6 09:08", "iryna", "Zoe, greetings to the book club! Tell them that the code BOOKS gives 5 % off.\n\nIryna"),
            ("d6 09:09", "iryna close"),
        ),
    ),
    T(
        who="Adam Larsen", address="adam.larsen@firm.example", subject="Quotation for 30 desk plants and pots", category=(5,), steps=(
            ("d15 10:00", "c", "Hello, do you sell plants as well as pots? We need thirty for an office."),
            ("d15 10:30", "oksana take"),
            ("d15 10:44", "oksana", "Hello Adam, only the pots, I am afraid. For the plants we send everybody to the greenhouse in Vyshneve. Pots for thirty: 240 UAH each.\n\nOksana"),
            ("d15 10:45", "oksana wait"),
            ("d8 10:00", "oksana close"),
        ),
    ),
    T(
        who="Olivia Webb", address="olivia.webb@inbox.example", subject="Wrong colour: ordered sage, got sand", team=2, category=(2, 1), type=3, steps=(
            ("m235", "c", "Hello! Order 48388: I ordered the apron in sage, the label in the parcel says sage, but it is clearly sand. I do not mind keeping it at a discount, or swapping. Your call!"),
            ("m214", "andriy take"),
            ("m212", "andriy", "Hello Olivia,\n\nthe label was printed right and put on the wrong apron, our fault. Both ways are fine: keep it and we return 30 %, or we send sage tomorrow and you hand the sand one to the courier. Which one do you prefer?\n\nAndriy"),
            ("m211", "andriy wait"),
        ),
    ),
)  # fmt: skip
