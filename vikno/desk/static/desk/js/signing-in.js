// Where one signs in, nothing lies in the tab of what somebody wrote before.
import { forgetOld } from "./left.js";

forgetOld(true);
