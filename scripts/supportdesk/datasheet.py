def datasheet(*a):
    return "# x\n"
