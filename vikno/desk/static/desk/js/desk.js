// Begins everything. Each module names its behaviours when it is loaded; the page says where they belong.
import { start } from "./behaviours.js";
import "./keys.js";
import "./focus.js";
import "./palette.js";
import "./list-nav.js";
import "./ahead.js";
import "./at-once.js";
<<<<<<< HEAD
import "./by-itself.js";
=======
import "./shown-ahead.js";
>>>>>>> 2be203a (desk: Give every act a key, keep the focus, show changes at the click, fit large text.)
import "./composer.js";
import "./redrawn.js";
import "./quoted.js";
import "./combobox.js";
import "./copy.js";
import "./small.js";
import "./feedback.js";
import "./failed.js";
import "./search.js";
import "./quick.js";
import "./asking.js";
import "./look.js";
import "./print.js";
import "./servers.js";
import "./time.js";
import { live } from "./live.js";

start();
live();
